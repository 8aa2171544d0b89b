"""Of which members the capacity is needed. To observe it costs lists of all their Nodes and Pods."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.model.policy import Placement, PropagationPolicy
from reconciler.schedule.affinity_terms import has_levels, matches
from reconciler.schedule.division import strategy_of


def uses_capacity(placement: Placement, component_sets: bool) -> bool:
    """Whether objects are placed by what members have free: dynamicWeight, Aggregated, or with overflow affinities; or in sets of
    components on one cluster, where these count. Other spread constraints rank by what is known, and need no look."""
    by_sets = component_sets and placement.on_one_cluster
    return by_sets or strategy_of(placement).needs_estimate or any(map(has_levels, placement.affinities))


def members_in_use(
    policies: Iterable[PropagationPolicy], clusters: Iterable[Cluster], component_sets: bool
) -> frozenset[ClusterName]:
    """The members that a policy may choose by capacity."""
    placements = [policy.placement for policy in policies if uses_capacity(policy.placement, component_sets)]
    return frozenset(one.name for one in clusters if any(_may_choose(placement, one) for placement in placements))


def _may_choose(placement: Placement, cluster: Cluster) -> bool:
    return any(matches(placement, term, cluster, overflow=True) for term in placement.affinities or (None,))
