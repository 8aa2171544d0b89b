"""A verdict on a member is as old as the last look: nobody calls a member in sync whose watches are broken."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.controlplane.start import ControlPlane
from tests.support.daemon import daemon
from tests.support.fleet import config, policy, selector
from tests.support.relay import Relay
from tests.support.servers import ServerWorld, configuration, eventually


def verdicts(world: ServerWorld) -> dict[str, Any]:
    ran = world.run("drift", "-o", "json")
    return {one["name"]: one for one in ran.json["clusters"]} if ran.code == 0 else {}


def syncs(world: ServerWorld) -> dict[str, str]:
    return {name: one["sync"] for name, one in verdicts(world).items()}


def test_a_member_that_is_not_watched_any_more_is_not_in_sync(tmp_path: Path, bare_planes: list[ControlPlane]) -> None:
    world = ServerWorld(tmp_path, bare_planes[:2])
    address = urlsplit(bare_planes[0].url)
    relay = Relay(str(address.hostname), address.port or 443)
    try:
        kubeconfig = world.members / "m1.kubeconfig"
        kubeconfig.write_text(kubeconfig.read_text().replace(bare_planes[0].url, f"https://127.0.0.1:{relay.port}"))
        asking = {"reconciler.yaml": configuration(world.namespace, heartbeat="2s")}
        world.commit({"c.yaml": config("c", word="ours"), "p.yaml": policy("p", selector("ConfigMap")), **asking})
        with daemon(tmp_path, "--repo", str(world.repo.path)) as ours:
            ours.settle()
            eventually(lambda: syncs(world) == {"m1": "InSync", "m2": "InSync"})
            first = verdicts(world)["m1"]["asOf"]
            commits = world.repo.git("rev-list", "--count", "reconciler/status")
            eventually(lambda: verdicts(world)["m1"]["asOf"] > first), "the verdict grows young although nothing changes"
            assert world.repo.git("rev-list", "--count", "reconciler/status") == commits
            assert world.repo.git("rev-list", "--count", "reconciler/seen") == "1"
            relay.cut()
            eventually(lambda: syncs(world) == {"m1": "Unknown", "m2": "InSync"})
            assert verdicts(world)["m1"]["reason"]
            relay.restore()
            eventually(lambda: syncs(world) == {"m1": "InSync", "m2": "InSync"}, seconds=60)
            assert ours.end() == 0
    finally:
        relay.close()
