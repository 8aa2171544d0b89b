"""When to look again although nobody tells of a change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.cluster.member_protocol import MemberError, MemberUnreachableError
from reconciler.errors import ReconcilerError
from reconciler.model.keys import ClusterName
from reconciler.model.observed import Differences
from reconciler.passes.pass_backoff import pause_after_error, pause_after_pass
from tests.support.in_memory_fleet import Playground
from tests.support.shop import SHOP, text


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


async def test_while_a_kind_is_awaited_members_are_asked_now_and_then() -> None:
    """Nobody tells when somebody installs an operator."""
    certificate = text("""
        apiVersion: cert-manager.io/v1
        kind: Certificate
        metadata: {name: web, namespace: shop}
    """)
    fleet = Playground("m1", "m2", "m3")
    done = await fleet.sync({**SHOP, "certificate.yaml": certificate})
    assert pause_after_pass(done, 0) is None, "folders accept every kind"
    served = {name: replace(one, apis=frozenset()) for name, one in done.compiled.recorded.clusters.items()}
    compiled = replace(done.compiled, recorded=replace(done.compiled.recorded, clusters=served))
    assert any(issue.reason == "UnknownKind" for issue in compiled.issues)
    assert pause_after_pass(replace(done, compiled=compiled), 0) == 60


@pytest.mark.parametrize(("count", "seconds"), [(0, None), (1, 60), (600, 60), (6000, 600)])
async def test_what_others_keep_is_compared_now_and_then(count: int, seconds: float | None) -> None:
    """Their objects are read one by one, and few of them are watched."""
    done = await Playground("m1", "m2", "m3").sync(SHOP)
    found = {name: Differences(marks=marks) for name, marks in (("m1", count), ("m2", 0))}
    assert pause_after_pass(replace(done, differences={ClusterName(name): one for name, one in found.items()}), 0) == seconds
