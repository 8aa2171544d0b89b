"""Of which members the capacity is needed. To observe it costs lists of all their Nodes and Pods."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.model.policy import Placement, PropagationPolicy
from reconciler.schedule.affinity_terms import has_levels, matches
from reconciler.schedule.division import strategy_of


def divides_by_capacity(placement: Placement) -> bool:
    """Whether replicas are divided by what members have free: dynamicWeight, Aggregated, or with overflow affinities. Spread
    constraints alone rank by what is known, and need no look."""
    return strategy_of(placement).needs_estimate or any(map(has_levels, placement.affinities))


def members_in_use(policies: Iterable[PropagationPolicy], clusters: Iterable[Cluster]) -> frozenset[ClusterName]:
    """The members that a policy may choose by capacity."""
    placements = [policy.placement for policy in policies if divides_by_capacity(policy.placement)]
    return frozenset(one.name for one in clusters if any(_may_choose(placement, one) for placement in placements))


def _may_choose(placement: Placement, cluster: Cluster) -> bool:
    return any(matches(placement, term, cluster, overflow=True) for term in placement.affinities or (None,))
