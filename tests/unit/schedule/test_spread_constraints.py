"""Choosing clusters and regions by spread constraints."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.schedule.tasks import AGGREGATED, DYNAMIC, EVENLY, fleet, member, previous, run, shares, task

DUPLICATED = {"replicaSchedulingType": "Duplicated"}
UNWEIGHTED = EVENLY | {"weightPreference": {}}
LISTED = EVENLY | {"weightPreference": {"staticWeightList": [{"targetCluster": {}, "weight": 1}]}}


def by(field: str, least: int, most: int) -> dict[str, Any]:
    return {"spreadByField": field, "minGroups": least, "maxGroups": most}


@pytest.mark.parametrize(
    ("scheduling", "groups", "held", "chosen"),
    [
        (DUPLICATED, (1, 2), {}, {"c", "d"}),
        (DUPLICATED, (1, 2), {"a": 4}, {"a", "d"}),
        (DUPLICATED, (1, 9), {}, {"a", "b", "c", "d"}),
        # Weights that the policy states look past the constraint; an empty preference states none.
        (EVENLY, (1, 2), {}, {"a", "b", "c", "d"}),
        (LISTED, (1, 2), {}, {"a", "b", "c", "d"}),
        (UNWEIGHTED, (1, 2), {}, {"c", "d"}),
        # The least wanted gives way to the roomiest until all fit.
        (DYNAMIC, (1, 2), {"a": 0, "b": 0}, {"b", "d"}),
        (AGGREGATED, (1, 1), {"a": 1}, {"d"}),
    ],
)
def test_by_cluster(scheduling: Any, groups: tuple[int, int], held: dict[str, int], chosen: set[str]) -> None:
    asked = task(4, previous(**held), spreadConstraints=[by("cluster", *groups)], replicaScheduling=scheduling)
    outcome = run(asked, fleet(a=1, b=2, c=3, d=4))
    assert set(shares(outcome)) == chosen
    assert set(outcome.rejected) == {"a", "b", "c", "d"} - chosen


def test_clusters_in_two_regions() -> None:
    asked = task(4, spreadConstraints=[by("region", 2, 2), by("cluster", 2, 3)], replicaScheduling=DUPLICATED)
    clusters = tuple(
        member(name, pods, region=region)
        for name, pods, region in [("a", 9, "north"), ("b", 8, "north"), ("c", 1, "south"), ("d", 2, "west"), ("e", 9, "")]
    )
    outcome = run(asked, clusters)
    assert set(shares(outcome)) == {"a", "b", "c"}
    assert outcome.rejected["d"] == "cluster(s) not selected by the spread constraints"
    assert outcome.rejected["e"] == "cluster(s) did not have region property"


REGIONS = {"a": "north", "b": "north", "c": "south", "d": "west", "e": "west"}


@pytest.mark.parametrize(
    ("scheduling", "constraints", "pods", "chosen"),
    [
        # More clusters with room for the full number weigh more.
        (DUPLICATED, [by("region", 1, 1), by("cluster", 1, 9)], (9, 1, 9, 9, 9), {"d", "e"}),
        (DUPLICATED, [by("region", 1, 1), by("cluster", 1, 9)], (1, 1, 9, 1, 1), {"c"}),
        # A smaller combination that the best one starts with is enough.
        (DUPLICATED, [by("region", 1, 3), by("cluster", 2, 9)], (9, 9, 1, 1, 1), {"a", "b"}),
        (DUPLICATED, [by("region", 1, 3), by("cluster", 3, 9)], (9, 9, 1, 1, 1), {"a", "b", "d", "e"}),
        (DUPLICATED, [by("region", 3, 3), by("cluster", 1, 1)], (9, 9, 9, 9, 9), {"a", "c", "d"}),
        (DUPLICATED, [by("region", 2, 2)], (9, 9, 1, 9, 9), {"a", "d"}),
        (DYNAMIC, [by("region", 2, 2), by("cluster", 2, 4)], (1, 0, 4, 2, 2), {"c", "d", "e"}),
    ],
)
def test_by_region(scheduling: Any, constraints: Any, pods: tuple[int, ...], chosen: set[str]) -> None:
    asked = task(4, spreadConstraints=constraints, replicaScheduling=scheduling)
    clusters = tuple(member(name, count, region=REGIONS[name]) for name, count in zip(REGIONS, pods, strict=True))
    assert set(shares(run(asked, clusters))) == chosen


@pytest.mark.parametrize(
    ("constraints", "scheduling", "message"),
    [
        ([by("cluster", 5, 9)], DUPLICATED, "the number of feasible clusters is less than spreadConstraint.MinGroups"),
        ([by("cluster", 1, 2)], AGGREGATED, "no enough resource when selecting 2 clusters"),
        ([by("cluster", 1, 0)], AGGREGATED, "no enough resource when selecting 0 clusters"),
        ([{"spreadByLabel": "rack", "maxGroups": 2}], DUPLICATED, "just support cluster and region spread constraint"),
        ([by("zone", 1, 2)], DUPLICATED, "just support cluster and region spread constraint"),
        ([by("region", 3, 3)], DUPLICATED, "the number of feasible region is less than spreadConstraint.MinGroups"),
        (
            [by("region", 1, 0), by("cluster", 1, 2)],
            DUPLICATED,
            "the number of clusters is less than the cluster spreadConstraint.MinGroups",
        ),
        (
            [by("region", 2, 2), by("cluster", 5, 9)],
            DUPLICATED,
            "the number of clusters is less than the cluster spreadConstraint.MinGroups",
        ),
    ],
)
def test_what_cannot_be_chosen(constraints: Any, scheduling: Any, message: str) -> None:
    asked = task(9, previous(a=2), spreadConstraints=constraints, replicaScheduling=scheduling)
    regions = {"a": "north", "b": "north", "c": "south", "d": "south"}
    outcome = run(asked, tuple(member(name, 2, region=region, zone="z") for name, region in regions.items()))
    assert outcome.refusal is not None
    assert (outcome.refusal.reason, outcome.refusal.message) == ("SchedulerError", f"failed to select clusters: {message}")
    assert set(outcome.rejected) == {"a", "b", "c", "d"}


def test_no_cluster_at_all_is_a_choice_that_cannot_be_divided() -> None:
    outcome = run(task(spreadConstraints=[by("cluster", 0, 0)], replicaScheduling=DUPLICATED), fleet(a=1))
    assert outcome.refusal is not None
    assert outcome.refusal.message == "failed to assign replicas: no clusters available to schedule"
