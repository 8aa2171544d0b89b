"""How many replicas each eligible cluster gets (Karmada pkg/scheduler/core/assignment.go, division_algorithm.go)."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model.binding import TargetCluster
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.model.policy import StaticWeight
from reconciler.model.webster import share_out


def duplicate(clusters: tuple[Cluster, ...], replicas: int) -> tuple[TargetCluster, ...]:
    """Every cluster gets the full number."""
    return tuple(TargetCluster(cluster.name, replicas) for cluster in clusters)


def divide_by_static_weight(weights: Mapping[str, int], replicas: int, uid: str) -> tuple[TargetCluster, ...]:
    """Webster's shares of `replicas` by `static_weights`, sorted by name; shares of 0 included.

    Neither earlier placements nor capacity are looked at: the same input gives the same division.
    """
    return tuple(TargetCluster(ClusterName(name), count) for name, count in share_out(replicas, weights, uid).items())


def static_weights(clusters: tuple[Cluster, ...], rules: tuple[StaticWeight, ...]) -> Mapping[str, int]:
    """The largest weight of the rules that match a cluster. One that no rule matches is left out; if that is true of all of
    them, each counts 1. Nothing of a template matters: ask once per policy."""
    weights = {
        cluster.name: max((rule.weight for rule in rules if rule.target.matches(cluster)), default=0) for cluster in clusters
    }
    if not any(weights.values()):
        return {cluster.name: 1 for cluster in clusters}
    return {name: weight for name, weight in weights.items() if weight}
