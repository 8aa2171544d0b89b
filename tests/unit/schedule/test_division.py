"""Shares of replicas by static weight."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.load.parse import parse_placement
from reconciler.model.weighted_division import divide_by_weight
from reconciler.schedule.division import duplicate, static_weights
from tests.support.builders import cluster

CLUSTERS = tuple(cluster(name, labels={"tier": tier}) for name, tier in (("m1", "gold"), ("m2", "gold"), ("m3", "iron")))


def weights(*rules: tuple[dict[str, Any], int]) -> Any:
    """Of each cluster, by a policy's list."""
    listed = [{"targetCluster": target, "weight": weight} for target, weight in rules]
    document = {"replicaSchedulingType": "Divided", "weightPreference": {"staticWeightList": listed}}
    scheduling = parse_placement({"replicaScheduling": document}).replica_scheduling
    assert scheduling is not None
    assert scheduling.weights is not None
    return static_weights(CLUSTERS, scheduling.weights.static)


GOLD = {"labelSelector": {"matchLabels": {"tier": "gold"}}}


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], {"m1": 1, "m2": 1, "m3": 1}),
        ([({"clusterNames": ["m1"]}, 3)], {"m1": 3}),
        ([(GOLD, 2), ({"clusterNames": ["m2"]}, 5)], {"m1": 2, "m2": 5}),
        ([(GOLD, 2), ({"clusterNames": ["m2"]}, 1)], {"m1": 2, "m2": 2}),
        ([({"clusterNames": ["other"]}, 7)], {"m1": 1, "m2": 1, "m3": 1}),
        ([(GOLD, 0)], {"m1": 1, "m2": 1, "m3": 1}),
    ],
)
def test_a_clusters_weight_is_the_largest_that_matches(rules: Any, expected: dict[str, int]) -> None:
    assert weights(*rules) == expected


@pytest.mark.parametrize(
    ("replicas", "rules", "uid", "expected"),
    [
        (5, [], "", {"m1": 2, "m2": 2, "m3": 1}),
        (5, [], "aaaa", {"m1": 1, "m2": 2, "m3": 2}),
        (10, [({"clusterNames": [name]}, weight) for name, weight in (("m1", 3), ("m2", 2), ("m3", 1))], "", None),
        (0, [], "", {"m1": 0, "m2": 0, "m3": 0}),
    ],
)
def test_whole_replicas_by_webster(replicas: int, rules: Any, uid: str, expected: dict[str, int] | None) -> None:
    assert divide_by_weight(replicas, weights(*rules), uid) == (expected or {"m1": 5, "m2": 3, "m3": 2})


def test_no_preference_weighs_all_alike() -> None:
    assert list(divide_by_weight(6, static_weights(CLUSTERS, ())).values()) == [2, 2, 2]


def test_duplicated_gives_each_the_full_number() -> None:
    assert [(share.name, share.replicas) for share in duplicate(CLUSTERS, 4)] == [("m1", 4), ("m2", 4), ("m3", 4)]
