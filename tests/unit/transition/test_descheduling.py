"""When replicas that no node takes move on, and how many."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from reconciler.model.binding import TargetCluster
from reconciler.model.descheduling import Cap, Waiting
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import RecordedDecision
from reconciler.transition.descheduling import Outlook, Shortfall, outlook
from tests.support.builders import binding

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
AFTER, COOL_DOWN = timedelta(minutes=5), timedelta(minutes=30)
M1 = ClusterName("m1")


def minutes(count: int) -> datetime:
    return NOW - timedelta(minutes=count)


def seen(*ages: int, ready: int = 0, replicas: int = 4, **fields: object) -> Outlook:
    """Of a copy with 4 replicas. ages: for how many minutes its Pods have had no node."""
    waiting = Waiting(replicas, ready, tuple(sorted(map(minutes, ages))))
    decision = RecordedDecision(binding(m1=4, m2=2), "web.yaml", waiting={M1: waiting}, **fields)  # type: ignore[arg-type]
    return outlook(decision, AFTER, COOL_DOWN, NOW)


def test_those_that_have_waited_long_enough_move_and_the_others_do_not() -> None:
    found = seen(6, 5, 1, ready=1)
    assert found.shortfalls == {M1: Shortfall(keeps=2, stuck=2, due=NOW)}
    assert found.due == minutes(1) + AFTER


def test_nothing_is_due_before_its_time() -> None:
    assert seen(4, 1, ready=2).shortfalls == {M1: Shortfall(keeps=3, stuck=1, due=NOW + timedelta(minutes=1))}


def test_ready_replicas_are_kept() -> None:
    """As in a rollout, where the new Pods find no node and the old ones run."""
    assert not seen(9, 9, ready=4).shortfalls
    assert seen(9, 9, 9, ready=3).shortfalls[M1].keeps == 3


def test_a_time_in_the_future_is_now() -> None:
    """A clock that runs ahead, and one that is out of its mind."""
    waiting = {M1: Waiting(4, 2, (NOW + timedelta(seconds=5), datetime.max.replace(tzinfo=UTC)))}
    found = outlook(RecordedDecision(binding(m1=4, m2=2), "web.yaml", waiting=waiting), AFTER, COOL_DOWN, NOW)
    assert found.shortfalls == {M1: Shortfall(keeps=2, stuck=2, due=NOW + AFTER)}


def test_what_was_seen_of_another_placement_does_not_count() -> None:
    assert not seen(9, replicas=6).shortfalls
    assert not seen(9, decided=(TargetCluster(M1, 2),)).shortfalls
    assert not seen(9, leaving={M1: NOW}).shortfalls


def test_a_cap_holds_for_its_time() -> None:
    caps = {M1: Cap(2, minutes(29)), ClusterName("m2"): Cap(1, minutes(30))}
    found = seen(caps=caps)
    assert found == Outlook({M1: caps[M1]}, {}, NOW + timedelta(minutes=1))
