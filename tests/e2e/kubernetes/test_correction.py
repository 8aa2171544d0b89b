"""On real API servers: one object that drifted is corrected without a pass, and what a pass would leave alone is left alone."""

from __future__ import annotations

from pathlib import Path

from tests.controlplane.start import ControlPlane
from tests.support.daemon import daemon
from tests.support.fleet import config, policy, selector
from tests.support.servers import ServerWorld, eventually

PASSES = 'reconciler_passes_total{result="ok"}'


def recorded(world: ServerWorld, text: str) -> bool:
    """Whether the report of an object on the status branch says so."""
    return any(f"corrected: '{text}'".encode() in content for content in world.status_branch().values())


def test_one_object_is_corrected_before_the_next_pass(tmp_path: Path, bare_planes: list[ControlPlane]) -> None:
    world = ServerWorld(tmp_path, bare_planes[:1])
    suspended = policy("s", selector("ConfigMap", "s"), "m1", suspension={"dispatching": True})
    world.commit({"c.yaml": config("c", word="ours"), "p.yaml": policy("c", selector("ConfigMap", "c"), "m1")})
    world.commit({"s.yaml": config("s", word="ours"), "sp.yaml": policy("s", selector("ConfigMap", "s"), "m1")})
    with daemon(tmp_path, "--repo", str(world.repo.path)) as ours:
        ours.settle()
        eventually(lambda: world.get("m1", "configmaps", "s"))
        revision = world.commit({"sp.yaml": suspended})
        eventually(lambda: any(line["revision"] == revision for line in ours.said("new revision")))
        eventually(lambda: len(ours.said("recorded")) == 2)

        passes, since = ours.metric(PASSES), world.audited_in_full()
        world.edit("m1", "configmaps", "c", {"data": {"word": "theirs"}})
        eventually(lambda: world.get("m1", "configmaps", "c")["data"] == {"word": "ours"})
        (line,) = eventually(lambda: ours.said("drift corrected"))
        assert (line["cluster"], line["resource"]) == ("m1", f"ConfigMap {world.namespace}/c")
        assert line["reason"] == "the member drifted: data.word (by kubectl-edit)"
        eventually(lambda: ours.metric(PASSES) > passes)
        eventually(lambda: recorded(world, line["reason"]))
        world.audited_in_full()
        asked = [request.partition("?")[0] for request in world.requests(since) if "/events" not in request]
        assert asked == [f"patch {world.path('configmaps', 'c')}"] * 2, "a dry run and the write; the pass asks for nothing"

        world.remove("m1", "configmaps", "c")
        eventually(lambda: world.get("m1", "configmaps", "c"))
        line = eventually(lambda: ours.said("drift corrected")[1:])[0]
        assert line["reason"] == "the member drifted: the object was deleted"

        since = world.audited_in_full()
        world.edit("m1", "configmaps", "s", {"data": {"word": "theirs"}})
        world.remove("m1", "configmaps", "c")
        eventually(lambda: world.get("m1", "configmaps", "c"))
        eventually(lambda: len(ours.said("drift corrected")) == 3)
        assert world.get("m1", "configmaps", "s")["data"] == {"word": "theirs"}
        assert not [request for request in world.writes(since) if "configmaps/s" in request]
        assert ours.end() == 0
