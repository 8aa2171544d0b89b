"""`status --orphans`, `-A` and `-w`, on members that are folders."""

from __future__ import annotations

import signal
import subprocess

import pytest

from tests.support.fleet import World, config, fleet, placed
from tests.support.program import PROGRAM, clean_environment, popen


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("status"), {**fleet("m1", "m2"), **placed("web", "m1"), **placed("api", "m2")})
    assert world.sync().code == 0
    return world


def test_what_nobody_wants_is_listed(world: World) -> None:
    assert world.run("status", "--orphans").code == 0
    copy = world.members / "m1" / "shop" / "Deployment.apps" / "web.yaml"
    orphan = copy.with_name("old.yaml")
    orphan.write_text(copy.read_text().replace("name: web", "name: old").replace("/shop/web", "/shop/old"))
    (copy.parent / "foreign.yaml").write_text(config("foreign"))
    ran = world.run("status", "--orphans")
    assert ran.code == 1
    assert [line.split() for line in ran.out.splitlines()] == [
        ["CLUSTER", "NAMESPACE", "OBJECT", "AGE"], ["m1", "shop", "Deployment.apps/old"],
    ]  # fmt: skip
    assert "kubectl delete deployment.apps old -n shop" in ran.err
    document = world.run("status", "--orphans", "-o", "json").json
    assert [(one["cluster"], one["kind"], one["name"]) for one in document["orphans"]] == [("m1", "Deployment", "old")]
    assert world.run("status", "--orphans", "--cluster", "m2").code == 0
    assert world.run("status", "--orphans", "cm").code == 0
    assert world.run("status", "--orphans", "-w").code == 2


def test_all_namespaces_whatever_the_environment_says(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_NAMESPACE", "other")
    assert [one["kind"] for one in world.run("status", "-o", "json").json["objects"]] == []
    assert len(world.run("status", "-A", "-o", "json").json["objects"]) == 3


def test_a_new_record_is_printed_row_by_row(world: World) -> None:
    words = ("status", "-w", "--repo", str(world.repo.path))
    process = popen([*PROGRAM, *words], stdout=subprocess.PIPE, text=True, env=clean_environment())
    assert process.stdout is not None
    try:
        first = [process.stdout.readline().split()[:2] for _ in range(4)]
        assert first == [
            ["NAMESPACE", "OBJECT"], ["Namespace/shop", "m1,m2"],
            ["shop", "Deployment.apps/api"], ["shop", "Deployment.apps/web"],
        ]  # fmt: skip
        world.commit(placed("web", "m1", "m2"))
        assert world.sync().code == 0
        row = process.stdout.readline()
        assert row.split()[:2] == ["shop", "Deployment.apps/web"]
        assert "m1:2,m2:2" in row
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
