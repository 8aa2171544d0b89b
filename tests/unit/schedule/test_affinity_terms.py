"""Ordered affinities, their overflow, and workload_affinity."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler.schedule.result import ScheduleStatus
from reconciler.schedule.workload_affinity import WorkloadAffinity
from tests.conformance.workload_affinity import GroupMember, workload_affinity_of
from tests.unit.schedule.tasks import AGGREGATED, DYNAMIC, EVENLY, fleet, previous, run, shares, task

DUPLICATED = {"replicaSchedulingType": "Duplicated"}
OLD, NEW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)


def terms(*names: str) -> list[dict[str, Any]]:
    return [{"affinityName": name, "clusterNames": [name]} for name in names]


@pytest.mark.parametrize(
    ("pods", "observed", "tried"),
    [
        ({"a": 9, "b": 9}, "", ["a"]),
        ({"b": 9, "c": 9}, "", ["a", "b"]),
        ({"a": 1, "b": 9}, "", ["a", "b"]),
        ({"a": 9, "b": 9, "c": 9}, "b", ["b"]),
        ({"a": 9, "c": 9}, "b", ["b", "c"]),
        ({"a": 9, "b": 9}, "unheard of", ["a"]),
    ],
)
def test_forward_only_from_the_one_in_force(pods: dict[str, int], observed: str, tried: list[str]) -> None:
    asked = task(4, previous(None, observed), clusterAffinities=terms("a", "b", "c"), replicaScheduling=DYNAMIC)
    outcome = run(asked, fleet(**pods))
    assert (list(outcome.affinities_tried), outcome.affinity_name) == (tried, tried[-1])
    assert shares(outcome) == {tried[-1]: 4}


def test_a_rebalance_starts_at_the_first() -> None:
    past = replace(previous(None, "b", b=4), scheduled_at=OLD, rebalance_at=NEW)
    asked = task(4, past, clusterAffinities=terms("a", "b"), replicaScheduling=DYNAMIC)
    assert run(asked, fleet(a=9, b=9)).affinity_name == "a"


def test_where_all_fail_the_first_reason_is_said() -> None:
    asked = task(4, previous(None, "b", b=2), clusterAffinities=terms("a", "b", "c"), replicaScheduling=DYNAMIC)
    outcome = run(asked, fleet(a=9, b=1))
    assert outcome.status is ScheduleStatus.REFUSED
    assert outcome.refusal is not None
    assert "not enough" in outcome.refusal.message
    assert (outcome.affinities_tried, outcome.affinity_name) == (("b", "c"), "b")
    assert {target.name for target in outcome.targets} == {"b"}


NEAR = [
    {"affinityName": "near", "clusterNames": ["a"], "overflowAffinities": [
        {"affinityName": "more", "clusterNames": ["b"]}, {"affinityName": "last", "clusterNames": ["b", "c"]},
    ]},
]  # fmt: skip


@pytest.mark.parametrize(
    ("scheduling", "replicas", "held", "expected"),
    [
        (DYNAMIC, 2, {}, {"a": 2}),
        (DYNAMIC, 5, {}, {"a": 3, "b": 2}),
        (AGGREGATED, 8, {}, {"a": 3, "b": 3, "c": 2}),
        (DYNAMIC, 4, {"c": 3}, {"a": 3, "b": 1}),
        (EVENLY, 5, {}, {"a": 3, "b": 2}),
        (DUPLICATED, 5, {}, {"a": 3, "b": 2}),
        (DUPLICATED, 0, {}, {"a": 0}),
    ],
)
def test_overflow_goes_level_by_level(scheduling: Any, replicas: int, held: dict[str, int], expected: dict[str, int]) -> None:
    asked = task(replicas, previous(**held), clusterAffinities=NEAR, replicaScheduling=scheduling)
    assert shares(run(asked, fleet(a=3, b=3, c=3))) == expected


def test_overflow_without_room() -> None:
    refusal = run(task(10, clusterAffinities=NEAR, replicaScheduling=DYNAMIC), fleet(a=3, b=3, c=3)).refusal
    assert refusal is not None
    assert refusal.message == "failed to assign replicas: Clusters available replicas are not enough to schedule."


TOGETHER = [GroupMember("app=a", "", frozenset({"m1", "m2"})), GroupMember("app=a", "db", frozenset({"m2", "m3"}))]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        (GroupMember(), WorkloadAffinity()),
        (GroupMember("app=a"), WorkloadAffinity(frozenset({"m2"}))),  # type: ignore[arg-type]
        (GroupMember("app=b"), WorkloadAffinity()),
        (GroupMember("", "db"), WorkloadAffinity(None, frozenset({"m2", "m3"}))),  # type: ignore[arg-type]
    ],
)
def test_companions(member: GroupMember, expected: WorkloadAffinity) -> None:
    assert workload_affinity_of(member, [*TOGETHER, GroupMember("app=a"), GroupMember("", "")]) == expected


def test_companions_bind_newcomers_only() -> None:
    clusters = fleet(m1=9, m2=9, m3=9)
    asked = replace(
        task(1, previous(m3=1), replicaScheduling=DUPLICATED),
        workload_affinity=workload_affinity_of(GroupMember("app=a"), TOGETHER),
    )
    outcome = run(asked, clusters)
    assert set(shares(outcome)) == {"m2", "m3"}
    assert outcome.rejected == {"m1": "ResourceBinding with the same affinity group does not target this cluster"}
