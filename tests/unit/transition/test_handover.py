"""Make before break; and break before make for objects that must not run twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reconciler.model.health import HealthStatus
from reconciler.model.recorded import NO_REPORT, ObjectReport, RecordedDecision
from reconciler.transition.handover import Handover, hand_over
from tests.support.builders import Recorded, binding, recorded, status

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
TIMEOUT = timedelta(minutes=10)
EARLIER = NOW - timedelta(minutes=1)
LONG_AGO = NOW - TIMEOUT
STARTING = HealthStatus.IN_PROGRESS


def next_handover(decided: dict[str, int], previous: Recorded | None, *, break_first: bool = False) -> Handover:
    decision, report = previous or (None, NO_REPORT)
    return hand_over(binding(**decided), decision, report, NOW, TIMEOUT, break_first)


def targets(handover: Handover) -> dict[str, int]:
    return {target.name: target.replicas for target in handover.binding.targets}


def test_a_new_object_goes_where_it_was_decided() -> None:
    assert next_handover({"m1": 2}, None) == Handover(binding(m1=2))


@pytest.mark.parametrize(
    ("before", "decided", "meanwhile"),
    [
        ({"m1": 2}, {"m2": 2}, {"m1": 2, "m2": 2}),
        ({"m1": 4, "m2": 2}, {"m1": 2, "m2": 4}, {"m1": 4, "m2": 4}),
        ({"m1": 3, "m2": 3}, {"m2": 3, "m3": 3}, {"m1": 3, "m2": 3, "m3": 3}),
    ],
)
def test_the_old_copy_stays_until_the_new_one_is_current(
    before: dict[str, int], decided: dict[str, int], meanwhile: dict[str, int]
) -> None:
    first = next_handover(decided, recorded(binding(**before)))
    assert targets(first) == meanwhile
    assert first.leaving == {"m1": NOW}
    statuses = [status(name, STARTING if name not in before else HealthStatus.CURRENT) for name in meanwhile]
    if set(decided) - set(before):
        waiting = next_handover(decided, recorded(first.binding, *statuses, leaving={"m1": EARLIER}))
        assert (targets(waiting), waiting.leaving) == (meanwhile, {"m1": EARLIER})
    assert next_handover(decided, recorded(first.binding, leaving={"m1": EARLIER})) == Handover(binding(**decided))


def test_it_names_the_clusters_that_it_waits_for() -> None:
    handover = next_handover({"m2": 1, "m3": 1}, recorded(binding(m1=2)))
    assert handover.waits_for == ("m1 keeps its copy until m2, m3 are Current",)


@pytest.mark.parametrize(
    ("trouble", "goes"),
    [
        ({"applied": False}, False),
        ({"health": HealthStatus.IN_PROGRESS}, False),
        ({"health": HealthStatus.FAILED}, False),
        ({"health": HealthStatus.UNKNOWN}, False),
        ({}, True),
    ],
)
def test_only_an_applied_and_current_copy_relieves_the_old_one(trouble: dict[str, Any], goes: bool) -> None:
    previous = recorded(binding(m1=2, m2=2), status("m1"), status("m2", **trouble), leaving={"m1": EARLIER})
    assert (targets(next_handover({"m2": 2}, previous)) == {"m2": 2}) is goes


def test_the_time_out_counts_from_when_each_copy_began_to_wait() -> None:
    leaving = {"m1": LONG_AGO, "m2": EARLIER}
    previous = recorded(binding(m1=2, m2=2, m3=2), status("m1"), status("m2"), status("m3", STARTING), leaving=leaving)
    handover = next_handover({"m3": 2}, previous)
    assert (targets(handover), handover.leaving) == ({"m2": 2, "m3": 2}, {"m2": EARLIER})


@pytest.mark.parametrize("health", [HealthStatus.NOT_FOUND, HealthStatus.UNKNOWN])
def test_the_time_out_does_not_count_for_a_copy_that_is_not_written(health: HealthStatus) -> None:
    """It is refused, suspended, or an object that is not ours is in the way."""
    refused = status("m2", health, applied=False, message="exceeded quota")
    handover = next_handover({"m2": 2}, recorded(binding(m1=2, m2=2), status("m1"), refused, leaving={"m1": LONG_AGO}))
    assert (targets(handover), handover.leaving) == ({"m1": 2, "m2": 2}, {"m1": LONG_AGO})
    assert handover.waits_for == ("m1 keeps its copy until m2 is Current",)
    written = recorded(binding(m1=2, m2=2), status("m1"), status("m2", STARTING), leaving={"m1": LONG_AGO})
    assert next_handover({"m2": 2}, written) == Handover(binding(m2=2))


def test_what_is_not_written_elsewhere_on_the_way_is_not_waited_for() -> None:
    """m3 was decided once, and refused its copy; the decision is m2 now."""
    refused = status("m3", HealthStatus.NOT_FOUND, applied=False)
    previous = recorded(
        binding(m1=2, m2=2, m3=2), status("m1"), status("m2", STARTING), refused, leaving={"m1": LONG_AGO, "m3": LONG_AGO}
    )
    assert next_handover({"m2": 2}, previous) == Handover(binding(m2=2))


def test_a_decision_that_changes_on_the_way_keeps_what_runs() -> None:
    on_the_way = recorded(binding(m1=2, m2=2), status("m1"), status("m2", STARTING), leaving={"m1": EARLIER})
    onwards = next_handover({"m3": 2}, on_the_way)
    assert (targets(onwards), onwards.leaving) == ({"m1": 2, "m2": 2, "m3": 2}, {"m1": EARLIER, "m2": NOW})
    assert next_handover({"m1": 2}, on_the_way) == Handover(binding(m1=2))


@pytest.mark.parametrize(
    ("before", "decided"), [({"m1": 2, "m2": 2}, {"m1": 2}), ({"m1": 4, "m2": 4}, {"m1": 2, "m2": 1}), ({"m1": 3}, {"m1": 0})]
)
def test_clusters_that_were_removed_on_purpose_are_left_at_once(before: dict[str, int], decided: dict[str, int]) -> None:
    assert next_handover(decided, recorded(binding(**before))) == Handover(binding(**decided))


def test_the_last_running_copy_stays_even_so() -> None:
    previous = recorded(binding(m1=2, m2=2), status("m1"), status("m2", STARTING))
    handover = next_handover({"m2": 1}, previous)
    assert (targets(handover), set(handover.leaving)) == ({"m1": 2, "m2": 2}, {"m1", "m2"})
    assert next_handover({"m2": 1}, recorded(binding(m1=2, m2=2), status("m1", STARTING), status("m2", STARTING))).leaving == {}


ABSENT = status("m1", HealthStatus.NOT_FOUND, applied=False)
REFUSED = status("m1", HealthStatus.UNKNOWN, applied=False)


@pytest.mark.parametrize("break_first", [False, True])
def test_where_there_is_no_copy_nothing_is_kept_and_nothing_waits(break_first: bool) -> None:
    """The policy was suspended on m1, for example. A copy that only refused the last write is there."""
    never_made = recorded(binding(m1=2), ABSENT)
    assert next_handover({"m2": 2}, never_made, break_first=break_first) == Handover(binding(m2=2))
    waiting = recorded(binding(m1=2, m2=2), status("m2", STARTING), leaving={"m1": EARLIER})
    assert next_handover({"m2": 2}, waiting, break_first=break_first) == Handover(binding(m2=2))
    refused = next_handover({"m2": 2}, recorded(binding(m1=2), REFUSED), break_first=break_first)
    assert set(refused.leaving) == {"m1"}


def test_a_share_that_was_never_made_is_not_made_before_it_shrinks() -> None:
    previous = recorded(binding(m1=4, m2=2), ABSENT, status("m2"))
    assert next_handover({"m1": 0, "m2": 6}, previous) == Handover(binding(m1=0, m2=6))


def test_an_object_that_must_not_run_twice_leaves_first() -> None:
    first = next_handover({"m2": 2}, recorded(binding(m1=2)), break_first=True)
    assert (targets(first), first.leaving) == ({}, {"m1": NOW})
    assert first.waits_for == ("m2 waits until the copy on m1 is gone",)
    gone = Recorded(RecordedDecision(first.binding, "web.yaml", leaving=first.leaving), ObjectReport())
    assert next_handover({"m2": 2}, gone, break_first=True) == Handover(binding(m2=2))


@pytest.mark.parametrize("since", [EARLIER, LONG_AGO])
def test_a_copy_that_could_not_be_deleted_is_waited_for(since: datetime) -> None:
    """However long it takes: it runs, and another one would run beside it."""
    there = recorded(binding(), status("m1", applied=False), leaving={"m1": since})
    assert targets(next_handover({"m2": 2}, there, break_first=True)) == {}


@pytest.mark.parametrize(("since", "expected"), [(EARLIER, {}), (LONG_AGO, {"m2": 2})])
@pytest.mark.parametrize("health", [HealthStatus.TERMINATING, HealthStatus.UNKNOWN])
def test_a_copy_that_does_not_go_or_that_nobody_sees_is_waited_for_until_the_time_out(
    since: datetime, expected: dict[str, int], health: HealthStatus
) -> None:
    stuck = recorded(binding(), status("m1", health, applied=False), leaving={"m1": since})
    assert targets(next_handover({"m2": 2}, stuck, break_first=True)) == expected


@pytest.mark.parametrize(("shrunk", "expected"), [(STARTING, {"m1": 2, "m2": 2}), (HealthStatus.CURRENT, {"m1": 2, "m2": 4})])
def test_a_share_that_grows_waits_for_the_one_that_shrinks(shrunk: HealthStatus, expected: dict[str, int]) -> None:
    decided = {"m1": 2, "m2": 4}
    first = next_handover(decided, recorded(binding(m1=4, m2=2)), break_first=True)
    assert (targets(first), first.leaving) == ({"m1": 2, "m2": 2}, {"m1": NOW})
    previous = recorded(first.binding, status("m1", shrunk), status("m2"), leaving={"m1": EARLIER})
    assert targets(next_handover(decided, previous, break_first=True)) == expected


def test_a_copy_that_did_not_leave_is_taken_back_at_once() -> None:
    """Its deletion was refused, or it is protected, and the decision came back to its cluster."""
    stuck = status("m1", HealthStatus.UNKNOWN, applied=False)
    previous = recorded(binding(), stuck, leaving={"m1": EARLIER})
    assert next_handover({"m1": 2}, previous, break_first=True) == Handover(binding(m1=2))
