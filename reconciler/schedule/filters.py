"""Which clusters are eligible for a placement (Karmada pkg/scheduler/framework/plugins).

Filters run in a fixed order for every cluster, and the first that rejects it gives the reason; in Karmada the order differs from
process to process. A cluster that already holds the object is not rejected for a taint, an API that discovery does not list, or
workload affinity; it is rejected only for cluster affinity, a missing property, or an eviction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

from reconciler.model.cluster import Cluster, Taint
from reconciler.model.expansion import is_expanded_kind
from reconciler.model.keys import ClusterName, GroupVersionKind
from reconciler.model.policy import AffinityTerm, Placement, Toleration
from reconciler.schedule.affinity_terms import matches
from reconciler.schedule.workload_affinity import NO_WORKLOAD_AFFINITY, WorkloadAffinity


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The clusters that pass every filter, and a reason for each other one."""

    clusters: tuple[Cluster, ...]
    """Sorted by name."""
    rejected: Mapping[ClusterName, str]
    holders_only: tuple[Cluster, ...] = ()
    """Rejected only for a taint or a missing API: still eligible for objects that they hold already."""
    holder_reasons: Mapping[ClusterName, str] = field(default_factory=dict)
    """For clusters rejected for a taint or a missing API and for something else: the reason that counts for a holder too."""
    total: int = 0
    """Number of all clusters, including those that are being deleted, which have no reason."""


def eligible_clusters(
    placement: Placement,
    clusters: tuple[Cluster, ...],
    api_version: str,
    kind: str,
    term: AffinityTerm | None = None,
    overflow: bool = True,
) -> Eligibility:
    """Eligibility for objects of a kind that no cluster holds yet; computed once per policy, kind and affinity.

    term: the term of the placement's `clusterAffinities` that is tried. overflow: whether its overflow affinities count (they do
    for workloads).
    """
    gvk = GroupVersionKind.parse(api_version, kind)
    passed, rejected, holders_only, holder_reasons = [], {}, [], {}
    for cluster in sorted(clusters, key=lambda cluster: cluster.name):
        if cluster.deleting:
            continue
        for_newcomers = api_reason(gvk, cluster) or taint_reason(placement, cluster)
        for_all = affinity_reason(placement, cluster, term, overflow) or property_reason(placement, cluster)
        if for_newcomers or for_all:
            rejected[cluster.name] = for_newcomers or for_all
            if not for_all:
                holders_only.append(cluster)
            elif for_newcomers:
                holder_reasons[cluster.name] = for_all
        else:
            passed.append(cluster)
    return Eligibility(tuple(passed), rejected, tuple(holders_only), holder_reasons, len(clusters))


def holders_that_matter(eligibility: Eligibility, holders: Collection[str]) -> list[ClusterName]:
    """Those of the holders that make a difference in `with_holders`."""
    names = [cluster.name for cluster in eligibility.holders_only if cluster.name in holders]
    return names + [name for name in eligibility.holder_reasons if name in holders]


def with_holders(eligibility: Eligibility, holders: Collection[str]) -> Eligibility:
    """Eligibility when `holders` have the object already: taints and discovery do not reject these."""
    holders = frozenset(holders)
    eligible_holders = tuple(cluster for cluster in eligibility.holders_only if cluster.name in holders)
    holder_reasons = {name: reason for name, reason in eligibility.holder_reasons.items() if name in holders}
    if not eligible_holders and not holder_reasons:
        return eligibility
    names = {cluster.name for cluster in eligible_holders}
    return replace(
        eligibility,
        clusters=tuple(sorted((*eligibility.clusters, *eligible_holders), key=lambda cluster: cluster.name)),
        rejected={name: reason for name, reason in eligibility.rejected.items() if name not in names} | holder_reasons,
        holders_only=tuple(cluster for cluster in eligibility.holders_only if cluster.name not in names),
    )


def for_template(
    eligibility: Eligibility,
    holders: Collection[str],
    evicting: Collection[str] = (),
    workload_affinity: WorkloadAffinity = NO_WORKLOAD_AFFINITY,
) -> Eligibility:
    """Eligibility for one template: the clusters that it is evicted from, and its workload affinity.

    eligibility: by `with_holders`.
    """
    if not evicting and workload_affinity is NO_WORKLOAD_AFFINITY:
        return eligibility
    reasons = {cluster.name: _own_reason(cluster.name, holders, evicting, workload_affinity) for cluster in eligibility.clusters}
    return replace(
        eligibility,
        clusters=tuple(cluster for cluster in eligibility.clusters if not reasons[cluster.name]),
        rejected={**eligibility.rejected, **{name: reason for name, reason in reasons.items() if reason}},
    )


def _own_reason(name: str, holders: Collection[str], evicting: Collection[str], workload_affinity: WorkloadAffinity) -> str:
    return eviction_reason(name, evicting) or ("" if name in holders else workload_affinity.reason(name))


def eviction_reason(name: str, evicting: Collection[str]) -> str:
    return "cluster(s) is in the process of eviction" if name in evicting else ""


def api_reason(gvk: GroupVersionKind, cluster: Cluster) -> str:
    """Empty if the cluster serves the kind, if its APIs are unknown, or if objects of this kind are written to no cluster."""
    if cluster.apis is None or gvk in cluster.apis or is_expanded_kind(gvk):
        return ""
    return MISSING_API


def taint_reason(placement: Placement, cluster: Cluster) -> str:
    """Empty if every NoSchedule and NoExecute taint is tolerated; PreferNoSchedule does not count."""
    for taint in cluster.taints:
        if taint.effect in _REPELLING and not any(tolerates(toleration, taint) for toleration in placement.tolerations):
            return f"cluster(s) had untolerated taint {{{taint}}}"
    return ""


def affinity_reason(placement: Placement, cluster: Cluster, term: AffinityTerm | None = None, overflow: bool = True) -> str:
    if matches(placement, term, cluster, overflow=overflow):
        return ""
    return "cluster(s) did not match the placement cluster affinity constraint"


def property_reason(placement: Placement, cluster: Cluster) -> str:
    """A spread constraint by provider, region or zone requires that property, even if it selects nothing otherwise."""
    for constraint in placement.spread:
        present = _PROPERTIES.get(constraint.spread_by_field)
        if present is not None and not present(cluster):
            return f"cluster(s) did not have {constraint.spread_by_field}{'s' * (constraint.spread_by_field == 'zone')} property"
    return ""


def tolerates(toleration: Toleration, taint: Taint) -> bool:
    """Kubernetes' rule: an empty key with Exists matches all keys, an empty effect all effects; Gt and Lt never match."""
    if toleration.effect and toleration.effect != taint.effect:
        return False
    if toleration.key and toleration.key != taint.key:
        return False
    if toleration.operator == "Exists":
        return True
    return toleration.operator == "Equal" and toleration.value == taint.value


MISSING_API = "cluster(s) did not have the API resource"
_REPELLING = frozenset({"NoSchedule", "NoExecute"})
_PROPERTIES: Mapping[str, Callable[[Cluster], object]] = {
    "provider": lambda cluster: cluster.provider,
    "region": lambda cluster: cluster.region,
    "zone": lambda cluster: cluster.zones,
}
