"""`diff --fail-on`: the exit code says whether a change has what must not happen without a second look."""

from __future__ import annotations

from pathlib import Path

from tests.support.fleet import World, fleet, placed, workload


def changed(folder: Path, content: str) -> World:
    world = World(folder, {**fleet("m1", "m2"), **placed("web", "m1", "m2")})
    world.sync()
    world.commit({"apps/web/workload.yaml": content})
    return world


def test_offline_and_live(tmp_path: Path) -> None:
    world = changed(tmp_path, workload("web", replicas=0))
    for live in ((), ("--live",)):
        ran = world.run("diff", "HEAD~1", "HEAD", *live, "--fail-on", "removal,scale-to-zero,warning")
        assert ran.code == 1
        assert ran.err.endswith("--fail-on: this change has warning, scale-to-zero.\n")
        assert "apps/web/workload.yaml:1: warning: Deployment.apps shop/web: no replicas any more on m1, m2" in ran.err
        assert world.run("diff", "HEAD~1", "HEAD", *live, "--fail-on", "remove,move,recreate").code == 0
    (told,) = world.run("diff", "HEAD~1", "HEAD", "-o", "json").json["warnings"]
    assert (told["file"], told["line"], told["reason"]) == ("apps/web/workload.yaml", 1, "ScaleToZero")


def test_what_could_not_be_judged_is_no_answer(tmp_path: Path) -> None:
    world = changed(tmp_path, "kind: [never closed\n")
    ran = world.run("diff", "HEAD~1", "HEAD", "--fail-on", "warning,change")
    assert ran.code == 3
    (error,) = world.run("diff", "HEAD~1", "HEAD", "-o", "json").json["errors"]
    assert error["reason"] == "Syntax"


def test_an_unknown_word(tmp_path: Path) -> None:
    world = changed(tmp_path, workload("web", replicas=3))
    ran = world.run("diff", "HEAD~1", "--fail-on", "removals")
    assert ran.code == 2
    assert "removals is no such word" in ran.err
    assert "scale-to-zero" in ran.err
