"""`run --dashboard`: pages beside the loop, which show what it recorded."""

from __future__ import annotations

import urllib.request
from pathlib import Path

from tests.support.daemon import daemon
from tests.support.fleet import World, fleet, placed
from tests.support.servers import eventually


def test_pages_show_what_the_loop_beside_them_records(tmp_path: Path) -> None:
    world = World(tmp_path, {**fleet("m1", "m2"), **placed("web", "m1")})
    with daemon(tmp_path, "--repo", str(world.repo.path), "--dashboard", "127.0.0.1:0") as running:
        running.settle()
        port = running.said("started")[0]["dashboard_port"]

        def page(path: str) -> str:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
                return str(answer.read().decode())

        address = "/objects/shop/Deployment.apps/web"
        assert "/members/m1" in page(address)
        assert "/members/m2" not in page(address)
        assert "clusterNames" in page(f"{address}/why")
        world.commit(placed("web", "m2"))
        eventually(lambda: "/members/m2" in page(address), seconds=60)
        assert running.ask("/healthz")[0] == 200
        assert running.end() == 0
