"""When to look again although nobody tells of a change."""

from __future__ import annotations

import pytest

from reconciler.passes.requeue import failed, pause_after
from tests.support.in_memory_fleet import Playground
from tests.support.shop import SHOP


async def test_what_is_settled_is_left_alone() -> None:
    done = await Playground("m1", "m2", "m3").sync(SHOP)
    assert (failed(done), pause_after(done, 0)) == (False, None)


@pytest.mark.parametrize(("failures", "seconds"), [(1, 1), (2, 2), (3, 4), (7, 64), (8, 120), (500, 120)])
async def test_what_failed_is_tried_again_ever_less_often(failures: int, seconds: float) -> None:
    fleet = Playground("m1", "m2", "m3")
    fleet.members["m2"].refuses.add("look")
    done = await fleet.sync(SHOP)
    assert failed(done)
    assert pause_after(done, failures) == seconds


async def test_a_refused_write_is_a_failure() -> None:
    fleet = Playground("m1", "m2", "m3")
    await fleet.sync(SHOP)
    refused = next(iter(fleet.holds()["m1"]))
    fleet.members["m1"].objects.clear()
    fleet.members["m1"].refuses.add(refused)
    assert failed(await fleet.sync(SHOP))
