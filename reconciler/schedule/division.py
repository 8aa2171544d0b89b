"""How many replicas each eligible cluster gets (Karmada pkg/scheduler/core/assignment.go, division_algorithm.go)."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model.binding import TargetCluster
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.model.policy import StaticWeight, WeightPreference
from reconciler.model.webster import share_out


def duplicate(clusters: tuple[Cluster, ...], replicas: int) -> tuple[TargetCluster, ...]:
    """Every cluster gets the full number."""
    return tuple(TargetCluster(cluster.name, replicas) for cluster in clusters)


def divide_by_static_weight(
    clusters: tuple[Cluster, ...], replicas: int, preference: WeightPreference | None, uid: str
) -> tuple[TargetCluster, ...]:
    """Webster's shares of `replicas` by the weights that the policy states, sorted by name; shares of 0 included.

    Neither earlier placements nor capacity are looked at: the same input gives the same division.
    """
    weights = static_weights(clusters, preference.static if preference else ())
    return tuple(TargetCluster(ClusterName(name), count) for name, count in share_out(replicas, weights, uid).items())


def static_weights(clusters: Iterable[Cluster], rules: tuple[StaticWeight, ...]) -> dict[str, int]:
    """The largest weight of the rules that match a cluster. One that no rule matches is left out; if that is true of all of
    them, each counts 1."""
    clusters = tuple(clusters)
    weights = {
        cluster.name: max((rule.weight for rule in rules if rule.target.matches(cluster)), default=0) for cluster in clusters
    }
    if not any(weights.values()):
        return {cluster.name: 1 for cluster in clusters}
    return {name: weight for name, weight in weights.items() if weight}
