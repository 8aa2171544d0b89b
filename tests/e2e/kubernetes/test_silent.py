"""A member whose connections are half open: it is away soon, it holds up nobody, and it is found again soon."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tests.controlplane.start import ControlPlane
from tests.support.daemon import daemon
from tests.support.fleet import config, policy, selector
from tests.support.servers import ServerWorld, eventually
from tests.support.silentproxy import silent_proxy

SOON = 30.0
"""Seconds. The program needs 20 at most, on a machine with nothing else to do."""


def test_a_member_behind_a_silent_router(tmp_path: Path, bare_planes: list[ControlPlane]) -> None:
    world = ServerWorld(tmp_path, bare_planes[:2])
    with silent_proxy(bare_planes[0].url) as proxy:
        kubeconfig = world.members / "m1.kubeconfig"
        kubeconfig.write_text(kubeconfig.read_text().replace(bare_planes[0].url, f"https://127.0.0.1:{proxy.port}"))
        world.commit({"c.yaml": config("c", word="ours"), "p.yaml": policy("p", selector("ConfigMap"))})
        with daemon(tmp_path, "--repo", str(world.repo.path)) as ours:
            ours.settle()
            proxy.fall_silent()
            world.edit("m1", "configmaps", "c", {"data": {"word": "theirs"}})
            time.sleep(20)
            world.edit("m2", "configmaps", "c", {"data": {"word": "theirs"}})
            eventually(lambda: data(world, "m2") == {"word": "ours"}, seconds=5)
            eventually(lambda: ours.metric('reconciler_cluster_up{cluster="m1"}') == 0, seconds=SOON)
            assert data(world, "m1") == {"word": "theirs"}
            proxy.speak()
            eventually(lambda: data(world, "m1") == {"word": "ours"}, seconds=SOON)
            eventually(lambda: ours.metric('reconciler_cluster_up{cluster="m1"}') == 1)
            assert ours.end() == 0


def data(world: ServerWorld, name: str) -> Any:
    return world.get(name, "configmaps", "c")["data"]
