"""Two that write the same object: it is written less and less often, and everybody is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.controlplane.start import ControlPlane
from tests.support.daemon import Daemon, daemon
from tests.support.fleet import config, policy, selector
from tests.support.servers import ServerWorld, configuration, eventually

EVENT = "two clients write the same object"


@contextmanager
def stubborn(world: ServerWorld, *, deletes: bool = False) -> Iterator[None]:
    """Somebody who writes the field whenever it has another value, or deletes the object, a hundred times a second."""
    over = threading.Event()

    def insist() -> None:
        while not over.wait(0.01):
            live = world.get("m1", "configmaps", "c")
            if deletes and live is not None:
                world.remove("m1", "configmaps", "c")
            elif live is not None and live["data"] != {"word": "theirs"}:
                world.edit("m1", "configmaps", "c", {"data": {"word": "theirs"}}, by="stubborn")

    thread = threading.Thread(target=insist)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def rows(world: ServerWorld) -> dict[str, Any]:
    return {row["name"]: row for row in world.run("status", "-o", "json").json["objects"]}


def test_a_fight_over_one_field_is_damped_and_named(tmp_path: Path, bare_planes: list[ControlPlane]) -> None:
    world = ServerWorld(tmp_path, bare_planes[:1])
    world.commit({"c.yaml": config("c", word="ours"), "p.yaml": policy("p", selector("ConfigMap"), "m1")})
    with daemon(tmp_path, "--repo", str(world.repo.path)) as ours:
        ours.settle()
        since = world.audited()
        with stubborn(world):
            said = eventually(lambda: ours.said(EVENT))[0]
            assert (said["cluster"], said["resource"]) == ("m1", f"ConfigMap {world.namespace}/c")
            assert "reconciler" in said["reason"]
            assert "data.word (by stubborn)" in said["reason"]
            assert "leave these fields out" in said["remedy"]
            assert ours.metric('reconciler_fights{cluster="m1"}') == 1
            message = eventually(lambda: rows(world)["c"]["message"])
            assert "data.word (by stubborn)" in message
            eventually(lambda: len(ours.said(EVENT)) == 3)
        (fought,) = world.run("drift", "-o", "json").json["drift"]
        assert (fought["by"], fought["state"]) == (["stubborn"], "corrected")
        assert fought["fields"] == [{"path": "data.word", "by": ["stubborn"]}]
        assert fought["times"] >= 1
        patches = [request for request in world.writes(since) if "dryRun" not in request]
        assert len(patches) <= 6, "at 0, 1, 3, 7 and 15 s"
        eventually(lambda: world.get("m1", "configmaps", "c")["data"] == {"word": "ours"}, seconds=40)
        assert ours.end() == 0


def test_a_fight_over_the_object_itself_is_damped_and_named(tmp_path: Path, bare_planes: list[ControlPlane]) -> None:
    world = ServerWorld(tmp_path, bare_planes[:1])
    world.commit({"c.yaml": config("c", word="ours"), "p.yaml": policy("p", selector("ConfigMap"), "m1")})
    with daemon(tmp_path, "--repo", str(world.repo.path)) as ours:
        ours.settle()
        since = world.audited()
        with stubborn(world, deletes=True):
            said = eventually(lambda: ours.said(EVENT))[0]
            assert "another client deletes it again and again" in said["reason"]
            assert "Remove its file from Git" in said["remedy"]
        assert len([request for request in world.writes(since) if "dryRun" not in request]) <= 4, "at 0, 1, 3 and 7 s"
        eventually(lambda: world.get("m1", "configmaps", "c"), seconds=40)
        assert ours.end() == 0


def test_two_reconcilers_that_take_an_object_from_each_other(tmp_path: Path, bare_planes: list[ControlPlane]) -> None:
    worlds = {}
    for name in ("one", "two"):
        world = worlds[name] = ServerWorld(tmp_path / name, bare_planes[:1], named="shared-by-two")
        mine = {"reconciler.yaml": configuration(name), "c.yaml": config("c", word=name)}
        world.commit({**mine, "p.yaml": policy("p", selector("ConfigMap"), conflictResolution="Overwrite")}, "namespace.yaml")
    since = worlds["one"].audited()
    arguments = [("--repo", str(world.repo.path)) for world in worlds.values()]
    with daemon(tmp_path, *arguments[0], name="one") as first, daemon(tmp_path, *arguments[1], name="two") as second:
        told = [eventually(lambda one=one: one.said(EVENT), seconds=180)[0] for one in (first, second)]  # type: ignore[misc]
        for line, here, there in ((told[0], "one", "two"), (told[1], "two", "one")):
            assert f"the reconciler with spec.instance {here} and the one with spec.instance {there}" in line["reason"]
            assert "one of the two repositories only" in line["remedy"]
        assert len(worlds["one"].writes(since)) <= 16
        ended: list[Daemon] = [first, second]
        assert [one.end() for one in ended] == [0, 0]
