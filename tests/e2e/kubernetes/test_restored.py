"""A member whose etcd is restored from a backup is brought up to date by the process that runs."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from tests.controlplane.start import running
from tests.support.daemon import daemon
from tests.support.fleet import config, policy, selector
from tests.support.servers import ServerWorld, eventually


def held(world: ServerWorld) -> dict[str, Any]:
    items = world.planes["m1"].request(world.path("configmaps"))["items"]
    return {item["metadata"]["name"]: item["data"] for item in items if "word" in item.get("data", {})}


def version(world: ServerWorld) -> int:
    return int(world.get("m1", "configmaps", "new")["metadata"]["resourceVersion"])


def test_a_restored_member_is_brought_up_to_date(tmp_path: Path) -> None:
    with running(["m1"]) as planes:
        world = ServerWorld(tmp_path, planes)
        world.commit(
            {"a.yaml": config("a", word="one"), "old.yaml": config("old", word="x"), "p.yaml": policy("p", selector("ConfigMap"))}
        )
        assert world.sync().code == 0
        with planes[0].stopped() as data:
            shutil.copytree(data, tmp_path / "backup")
        with daemon(tmp_path, "--repo", str(world.repo.path)) as ours:
            eventually(lambda: ours.ask("/readyz")[0] == 200)
            for number in range(150):  # Versions that the restored server does not reach again for a while.
                world.put("m1", "configmaps", config(f"foreign-{number}"))
            world.commit({"a.yaml": config("a", word="two"), "new.yaml": config("new", word="new")}, "old.yaml")
            wanted = {"a": {"word": "two"}, "new": {"word": "new"}}
            eventually(lambda: held(world) == wanted)
            newest = version(world)
            with planes[0].stopped() as data:
                shutil.rmtree(data)
                shutil.copytree(tmp_path / "backup", data)
            eventually(lambda: held(world) == wanted, seconds=60)
            assert version(world) < newest, "it was restored: versions are smaller"
            world.edit("m1", "configmaps", "new", {"data": {"word": "theirs"}})
            eventually(lambda: held(world) == wanted)
            assert ours.end() == 0
