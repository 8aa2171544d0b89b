"""Whether a member counts as Ready: what is observed, damped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.condition import Condition
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import RecordedCluster
from reconciler.observe.member_health import (
    CLUSTER_READY,
    NOT_REACHABLE,
    NOT_READY,
    STATUS_UNKNOWN,
    Readiness,
    due_at,
    observe_readiness,
)
from reconciler.record.cluster_documents import cluster_document, parse_cluster

START = datetime(2026, 1, 1, tzinfo=UTC)
FAILURE, SUCCESS = timedelta(seconds=30), timedelta(seconds=60)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def play(*steps: tuple[float, str], begun: bool = True) -> list[tuple[str, str, float | None, bool]]:
    """What is published after each observation: status, reason, seconds since the start, whether a change is pending. Between
    two steps the program starts again, and reads what it recorded."""
    known = RecordedCluster(ClusterName("m1"), "m1.yaml")
    told = []
    for seconds, reason in (((-100, CLUSTER_READY),) if begun else ()) + steps:
        found = observe_readiness(reason, known.readiness, known.pending_since, after(seconds), FAILURE, SUCCESS)
        known = RecordedCluster(known.name, known.file, conditions=(found.published,), pending_since=found.pending_since)
        assert parse_cluster(cluster_document(known)) == known
        published = found.published
        told.append(
            (
                published.status,
                published.reason,
                None if published.since is None else (published.since - START).total_seconds(),
                found.pending_since is not None,
            )
        )
    return told[begun:]


@pytest.mark.parametrize("reason", [CLUSTER_READY, NOT_REACHABLE, STATUS_UNKNOWN])
def test_the_first_observation_is_published_at_once(reason: str) -> None:
    ((_, published, since, pending),) = play((0.9, reason), begun=False)
    assert (published, since, pending) == (reason, None if reason == CLUSTER_READY else 0, False)


def test_a_failure_counts_when_it_has_lasted_and_from_its_beginning() -> None:
    assert play((0, NOT_REACHABLE), (29, NOT_READY), (30, NOT_READY)) == [
        ("True", CLUSTER_READY, None, True),
        ("True", CLUSTER_READY, None, True),
        ("False", NOT_READY, 0, False),
    ]


def test_recovery_has_a_threshold_of_its_own() -> None:
    down = ((0, NOT_REACHABLE), (30, NOT_REACHABLE))
    assert play(*down, (40, CLUSTER_READY), (99, CLUSTER_READY), (100, CLUSTER_READY))[2:] == [
        ("False", NOT_REACHABLE, 0, True),
        ("False", NOT_REACHABLE, 0, True),
        ("True", CLUSTER_READY, 40, False),
    ]


def test_between_false_and_unknown_nothing_is_damped() -> None:
    down = ((0, STATUS_UNKNOWN), (30, STATUS_UNKNOWN))
    assert play(*down, (31, NOT_REACHABLE), (32, NOT_READY))[2:] == [
        ("False", NOT_REACHABLE, 31, False),
        ("False", NOT_READY, 31, False),
    ]


def test_a_clock_that_is_set_back_holds_up_nothing() -> None:
    assert play((0, NOT_REACHABLE), (-50, NOT_REACHABLE), (-20, NOT_REACHABLE))[-1] == ("False", NOT_REACHABLE, -50, False)


@given(st.lists(st.tuples(st.integers(1, 29), st.booleans()), max_size=30))
def test_what_never_lasts_for_its_threshold_is_never_published(steps: list[tuple[int, bool]]) -> None:
    """A member that flaps: it fails for less than the threshold each time, whatever the pass that sees it."""
    moment, found = 0, Readiness(Condition("Ready", "True", after(0), CLUSTER_READY))
    for seconds, fails in steps:
        for reason in (NOT_REACHABLE,) * fails + (CLUSTER_READY,):
            found = observe_readiness(reason, found.published, found.pending_since, after(moment), FAILURE, SUCCESS)
            moment += seconds
    assert (found.published.status, found.published.since) == ("True", after(0))


def test_a_pass_is_due_when_a_change_can_be_published() -> None:
    ready = Condition("Ready", "True", START)
    assert due_at(ready, after(5), FAILURE, SUCCESS) == after(35)
    assert due_at(Condition("Ready", "Unknown", START), after(5), FAILURE, SUCCESS) == after(65)
    assert due_at(ready, None, FAILURE, SUCCESS) is due_at(None, None, FAILURE, SUCCESS) is None
