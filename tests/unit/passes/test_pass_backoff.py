"""When to look again although nobody tells of a change."""

from __future__ import annotations

import pytest

from reconciler.cluster.member_client import MemberError, MemberUnreachableError
from reconciler.errors import ReconcilerError
from reconciler.passes.pass_backoff import pause_after_error, pause_after_pass
from tests.support.in_memory_fleet import Playground
from tests.support.shop import SHOP


async def test_what_is_settled_is_left_alone() -> None:
    done = await Playground("m1", "m2", "m3").sync(SHOP)
    assert (done.failed, pause_after_pass(done, 0)) == (False, None)


@pytest.mark.parametrize(("failures", "seconds"), [(1, 1), (2, 2), (3, 4), (7, 64), (8, 120), (500, 120)])
async def test_what_failed_is_tried_again_ever_less_often(failures: int, seconds: float) -> None:
    fleet = Playground("m1", "m2", "m3")
    fleet.members["m2"].refuses.add("look")
    done = await fleet.sync(SHOP)
    assert done.failed
    assert pause_after_pass(done, failures) == seconds


async def test_a_refused_write_is_a_failure() -> None:
    fleet = Playground("m1", "m2", "m3")
    await fleet.sync(SHOP)
    refused = next(iter(fleet.holds()["m1"]))
    fleet.members["m1"].objects.clear()
    fleet.members["m1"].refuses.add(refused)
    done = await fleet.sync(SHOP)
    assert done.failed


@pytest.mark.parametrize(("failures", "seconds"), [(1, 1), (2, 2), (3, 4), (8, 120)])
def test_after_a_temporary_error_the_pauses_grow(failures: int, seconds: float) -> None:
    assert pause_after_error(MemberUnreachableError("m1 does not answer"), failures) == seconds


@pytest.mark.parametrize("failures", [1, 2, 500])
def test_after_a_permanent_error_the_pause_is_long_from_the_start(failures: int) -> None:
    error: ReconcilerError = MemberError("the remote does not accept the push")
    assert pause_after_error(error, failures) == 120
