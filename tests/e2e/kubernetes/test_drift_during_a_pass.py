"""What another client does while a pass is still writing other objects is put right, and told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.controlplane.start import ControlPlane
from tests.support.daemon import Daemon, daemon
from tests.support.fleet import config, policy, selector
from tests.support.servers import ServerWorld, eventually

OTHERS = 120


def files(word: str) -> dict[str, str]:
    """`a`, which is written first, and many others."""
    many = "---\n".join(config(f"z{number:03}", word=word) for number in range(OTHERS))
    return {"a.yaml": config("a", word=word), "many.yaml": many, "p.yaml": policy("p", selector("ConfigMap"), "m1")}


def word_of(world: ServerWorld, name: str) -> Any:
    return ((world.get("m1", "configmaps", name) or {}).get("data") or {}).get("word")


def edit(world: ServerWorld) -> None:
    world.edit("m1", "configmaps", "a", {"data": {"word": "theirs"}})


def delete(world: ServerWorld) -> None:
    world.remove("m1", "configmaps", "a")


def corrected(ours: Daemon) -> bool:
    return bool(ours.said("drift corrected"))


def written_again(ours: Daemon) -> bool:
    return ours.metric('reconciler_changes_total{action="create",cluster="m1",result="ok"}') == OTHERS + 3


@pytest.mark.parametrize(("interfere", "told"), [(edit, corrected), (delete, written_again)], ids=["edit", "delete"])
def test_the_first_object_is_changed_while_the_others_are_written(
    tmp_path: Path, bare_planes: list[ControlPlane], interfere: Callable[[ServerWorld], None], told: Callable[[Daemon], bool]
) -> None:
    world = ServerWorld(tmp_path, bare_planes[:1])
    world.commit({**files("one"), "reconciler.yaml": world.fleet()["reconciler.yaml"]})
    with daemon(tmp_path, "--repo", str(world.repo.path)) as ours:
        ours.settle()
        assert word_of(world, "a") == "one"
        world.commit(files("two"))
        while word_of(world, "a") != "two":
            pass
        interfere(world)
        assert word_of(world, f"z{OTHERS - 1:03}") == "one", "the pass is not at its end"
        eventually(lambda: word_of(world, f"z{OTHERS - 1:03}") == "two", seconds=60)
        eventually(lambda: word_of(world, "a") == "two")
        eventually(lambda: told(ours))
        assert ours.end() == 0
    row = next(row for row in world.run("status", "-o", "json").json["objects"] if row["name"] == "a")
    assert (row["clusters"][0]["applied"], row["health"]) == (True, "Current")
