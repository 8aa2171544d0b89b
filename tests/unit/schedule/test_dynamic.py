"""Division by available replicas."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.unit.schedule.tasks import AGGREGATED, DYNAMIC, fleet, previous, run, shares, task

OLD, NEW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("scheduling", "replicas", "pods", "held", "expected"),
    [
        (DYNAMIC, 6, {"a": 10, "b": 20}, {}, {"a": 2, "b": 4}),
        (DYNAMIC, 6, {"a": 10, "b": 0}, {}, {"a": 6}),
        # Growing: the difference goes where room is left; nobody loses.
        (DYNAMIC, 6, {"a": 0, "b": 20}, {"a": 3}, {"a": 3, "b": 3}),
        (DYNAMIC, 6, {"a": 1, "b": 5}, {"a": 1, "b": 1}, {"a": 2, "b": 4}),
        # A cluster that is gone is grown into the others.
        (DYNAMIC, 6, {"a": 9}, {"a": 2, "gone": 4}, {"a": 6}),
        # Shrinking: in proportion to what each has, whatever the room.
        (DYNAMIC, 3, {"a": 0, "b": 0}, {"a": 4, "b": 2}, {"a": 2, "b": 1}),
        (DYNAMIC, 6, {"a": 0, "b": 0}, {"a": 4, "b": 2}, {"a": 4, "b": 2}),
        (AGGREGATED, 12, {"a": 10, "b": 9}, {}, {"a": 6, "b": 6}),
        (AGGREGATED, 9, {"a": 10, "b": 9, "c": 9}, {}, {"a": 9}),
        (AGGREGATED, 5, {"a": 10, "b": 4}, {"b": 2}, {"b": 5}),
        (AGGREGATED, 9, {"a": 10, "b": 4}, {"b": 2}, {"a": 5, "b": 4}),
        (AGGREGATED, 2, {"a": 9, "b": 9}, {"a": 3, "b": 2}, {"a": 2}),
    ],
)
def test_growing_and_shrinking(
    scheduling: Any, replicas: int, pods: dict[str, int], held: dict[str, int], expected: dict[str, int]
) -> None:
    asked = task(replicas, previous(**held), replicaScheduling=scheduling)
    assert shares(run(asked, fleet(**pods))) == expected


@pytest.mark.parametrize(("asked_at", "expected"), [(OLD, {"a": 6}), (NEW, {"a": 4, "b": 2})])
def test_a_rebalance_forgets_what_is_placed_but_counts_its_room(asked_at: datetime, expected: dict[str, int]) -> None:
    past = replace(previous(a=6), scheduled_at=OLD, rebalance_at=asked_at)
    assert shares(run(task(6, past, replicaScheduling=DYNAMIC), fleet(a=0, b=3))) == expected


@pytest.mark.parametrize(
    ("past", "message"),
    [
        (previous(), "failed to scale up: Clusters available replicas 3 are not enough to schedule."),
        (previous(a=1), "failed to scale up: Clusters available replicas 3 are not enough to schedule."),
        (
            replace(previous(a=1), scheduled_at=OLD, rebalance_at=NEW),
            "failed to do fresh scale: Clusters available replicas 4 are not enough to schedule.",
        ),
    ],
)
def test_too_little_room(past: Any, message: str) -> None:
    outcome = run(task(9, past, replicaScheduling=DYNAMIC), fleet(a=1, b=2))
    assert outcome.refusal is not None
    assert (outcome.refusal.reason, outcome.retry) == ("Unschedulable", True)
    assert outcome.refusal.message == f"failed to assign replicas: {message}"
    assert outcome.targets == past.targets
    assert set(outcome.rejected) == {"a", "b"}


def test_more_than_twelve_equal_clusters_come_in_gos_order() -> None:
    names = [f"m{number:02}" for number in range(20)]
    pods = dict.fromkeys(names, 2) | {"m19": 3}
    found = shares(run(task(8, needs={"cpu": "0"}, replicaScheduling=AGGREGATED), fleet(**pods)))
    assert found == {"m00": 2, "m01": 2, "m02": 2, "m19": 2}  # Ranked by room first, so that sorting has nothing to do.
    past = previous(m19=1)
    assert sum(shares(run(task(12, past, replicaScheduling=AGGREGATED), fleet(**pods))).values()) == 12
