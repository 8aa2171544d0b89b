"""`run --shadow` beside the tool that keeps a member, on a real API server: its audit log has no write of ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.daemon import Daemon, daemon
from tests.support.fleet import config, document, policy, selector
from tests.support.servers import INSTANCE, ServerWorld, configuration, eventually

pytestmark = pytest.mark.members("m1")
DRY_RUN = "dryRun=All"


@pytest.fixture
def world(bare_world: ServerWorld) -> ServerWorld:
    return bare_world


def report(shadow: Daemon) -> Any:
    return json.loads(shadow.ask("/shadow")[1])


def differing(shadow: Daemon, verb: str) -> list[str]:
    found = report(shadow)["clusters"].get("m1", {}).get("differences")
    return [one["name"] for one in found[verb]] if found else []


def test_nothing_is_written_whatever_git_says(tmp_path: Path, world: ServerWorld) -> None:
    """From the first look over a difference to the go; then a commit takes over, by a process that is no shadow."""
    world.put_namespace("m1")
    marked = {"app.kubernetes.io/managed-by": "Helm"}
    theirs = document("ConfigMap", "settings", data={"colour": "blue"}, labels=marked)
    before = world.put("m1", "configmaps", theirs, by="helm")
    files = {"config.yaml": config("settings", colour="blue"), "p.yaml": policy("config", selector("ConfigMap"), "m1")}
    world.commit({**files, "reconciler.yaml": configuration(world.namespace, conflictResolution="Overwrite", mode="Apply")})
    since, refs = world.audited(), world.repo.git("for-each-ref")
    with daemon(tmp_path, "--repo", str(world.repo.path), "--shadow", "--shadow-window", "1s") as shadow:
        eventually(lambda: report(shadow)["go"])
        (found,) = report(shadow)["clusters"].values()
        assert (found["marks"], found["changes"], found["settled"]) == (2, 0, True), "the Namespace, too"
        assert shadow.metric("reconciler_shadow_go") == 1.0

        commit = world.commit({"config.yaml": config("settings", colour="red") + "---\n" + config("extra", a="1")})
        eventually(lambda: differing(shadow, "configure") == ["settings"])
        assert differing(shadow, "create") == ["extra"]
        assert (report(shadow)["revision"], report(shadow)["go"]) == (commit, False)
        assert shadow.metric('reconciler_shadow_differences{action="create",cluster="m1"}') == 1.0

        world.commit(files)
        eventually(lambda: report(shadow)["go"])
        assert report(shadow)["clusters"]["m1"]["changes"] == 2
        world.edit("m1", "configmaps", "settings", {"data": {"colour": "green"}}, by="helm")
        world.commit({"notes.txt": "a pass"})
        eventually(lambda: differing(shadow, "configure") == ["settings"])
        assert {"differences", "compared", "go"} <= shadow.said("shadow pass")[-1].keys()
        assert shadow.end() == 0
    asked = world.writes(since)
    assert asked, "dry runs are made"
    assert [request for request in asked if DRY_RUN not in request] == []
    assert [line for line in world.repo.git("for-each-ref").splitlines() if "status" in line] == []
    assert refs.count("\n") == world.repo.git("for-each-ref").count("\n"), "no branch is written"
    live = world.get("m1", "configmaps", "settings")
    assert (live["metadata"]["uid"], INSTANCE in live["metadata"]["labels"]) == (before["metadata"]["uid"], False)


def test_one_commit_takes_over_and_one_goes_back(tmp_path: Path, world: ServerWorld) -> None:
    """By one process, without a restart; drift stays while it observes."""

    def mode(name: str) -> str:
        spec = {"conflictResolution": "Overwrite", "mode": name}
        return world.commit({"reconciler.yaml": configuration(world.namespace, **spec)})

    def colour() -> str:
        return str(world.get("m1", "configmaps", "settings")["data"]["colour"])

    def written(since: dict[str, int]) -> list[str]:
        return [request for request in world.writes(since) if DRY_RUN not in request]

    world.put_namespace("m1")
    before = world.put("m1", "configmaps", document("ConfigMap", "settings", data={"colour": "blue"}), by="helm")
    since = world.audited()
    world.commit({"config.yaml": config("settings", colour="blue"), "p.yaml": policy("config", selector("ConfigMap"), "m1")})
    mode("Observe")
    with daemon(tmp_path, "--repo", str(world.repo.path)) as running:
        (found,) = eventually(lambda: running.said("compared"))
        assert {name: found[name] for name in ("create", "configure", "prune", "blocked", "marks")} == {
            "create": 0, "configure": 0, "prune": 0, "blocked": 0, "marks": 2,
        }  # fmt: skip
        running.settle()
        assert written(since) == []
        mode("Apply")
        eventually(lambda: INSTANCE in world.get("m1", "configmaps", "settings")["metadata"].get("labels", {}))
        assert world.get("m1", "configmaps", "settings")["metadata"]["uid"] == before["metadata"]["uid"]
        world.edit("m1", "configmaps", "settings", {"data": {"colour": "red"}})
        eventually(lambda: colour() == "blue")

        observing = mode("Observe")
        eventually(lambda: [line for line in running.said("new revision") if line["revision"] == observing])
        eventually(lambda: b"mode: Observe" in world.status_branch()["revision.yaml"])
        since = world.audited()
        world.edit("m1", "configmaps", "settings", {"data": {"colour": "red"}})
        eventually(lambda: running.said("compared")[-1]["configure"] == 1)
        ran = world.run("release", "--all", "-o", "json")
        assert (ran.code, len(ran.json["clusters"]["m1"]["objects"])) == (0, 2), ran.err
        eventually(lambda: running.said("compared")[-1]["marks"] == 1)
        assert running.end() == 0
    assert len(written(since)) == 2, "the releases"
    assert (colour(), "reconciler" in str(world.get("m1", "configmaps", "settings")["metadata"])) == ("red", False)
