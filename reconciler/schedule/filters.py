"""Which clusters are eligible for a placement (Karmada pkg/scheduler/framework/plugins).

Every filter is asked for every cluster, in a fixed order, and the first that says no gives the reason; Karmada's own order
varies per process. A cluster that already holds the object is not dropped because of a taint, an API that discovery does not
list, or its companions, only for its affinity, a missing property, or an eviction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

from reconciler.model.cluster import Cluster, Taint
from reconciler.model.keys import ClusterName, GroupVersionKind
from reconciler.model.policy import AffinityTerm, Placement, Toleration
from reconciler.schedule.affinity import matches
from reconciler.schedule.workload_affinity import ALONE, Companions


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The clusters that pass every filter, and why each other one does not."""

    clusters: tuple[Cluster, ...]
    """Sorted by name."""
    rejected: Mapping[ClusterName, str]
    holders_only: tuple[Cluster, ...] = ()
    """Rejected for a taint or a missing API alone: still eligible for what they hold already."""
    lasting: Mapping[ClusterName, str] = field(default_factory=dict)
    """Of those rejected for a taint or a missing API among others: the reason that would count for a holder."""
    total: int = 0
    """All clusters, also those that are being deleted; they have no reason."""


def eligible_clusters(
    placement: Placement,
    clusters: tuple[Cluster, ...],
    api_version: str,
    kind: str,
    term: AffinityTerm | None = None,
    overflow: bool = True,
) -> Eligibility:
    """The verdict for objects of a kind that no cluster holds yet. Nothing else of the template matters: ask once per
    policy, kind and affinity.

    term: which of the placement's `clusterAffinities` is tried. overflow: whether its overflow counts (it does for workloads).
    """
    gvk = GroupVersionKind.parse(api_version, kind)
    passed, rejected, holders_only, lasting = [], {}, [], {}
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
                lasting[cluster.name] = for_all
        else:
            passed.append(cluster)
    return Eligibility(tuple(passed), rejected, tuple(holders_only), lasting, len(clusters))


def with_holders(eligibility: Eligibility, holders: Collection[str]) -> Eligibility:
    """The verdict when `holders` have the object already: neither a taint nor discovery drives it away."""
    kept = tuple(cluster for cluster in eligibility.holders_only if cluster.name in holders)
    lasting = {name: reason for name, reason in eligibility.lasting.items() if name in holders}
    if not kept and not lasting:
        return eligibility
    names = {cluster.name for cluster in kept}
    return replace(
        eligibility,
        clusters=tuple(sorted((*eligibility.clusters, *kept), key=lambda cluster: cluster.name)),
        rejected={name: reason for name, reason in eligibility.rejected.items() if name not in names} | lasting,
        holders_only=tuple(cluster for cluster in eligibility.holders_only if cluster.name not in names),
    )


def for_one(
    eligibility: Eligibility, holders: Collection[str], evicting: Collection[str] = (), companions: Companions = ALONE
) -> Eligibility:
    """The verdict for one template: what it holds, what it is being evicted from, and who it wants to be with."""
    eligibility = with_holders(eligibility, holders)
    if not evicting and companions is ALONE:
        return eligibility
    reasons = {cluster.name: _own_reason(cluster.name, holders, evicting, companions) for cluster in eligibility.clusters}
    return replace(
        eligibility,
        clusters=tuple(cluster for cluster in eligibility.clusters if not reasons[cluster.name]),
        rejected={**eligibility.rejected, **{name: reason for name, reason in reasons.items() if reason}},
    )


def _own_reason(name: str, holders: Collection[str], evicting: Collection[str], companions: Companions) -> str:
    return eviction_reason(name, evicting) or ("" if name in holders else companions.reason(name))


def eviction_reason(name: str, evicting: Collection[str]) -> str:
    return "cluster(s) is in the process of eviction" if name in evicting else ""


def api_reason(gvk: GroupVersionKind, cluster: Cluster) -> str:
    """A cluster whose discovery is not known is given the benefit of the doubt."""
    if cluster.apis is None or gvk in cluster.apis:
        return ""
    return "cluster(s) did not have the API resource"


def taint_reason(placement: Placement, cluster: Cluster) -> str:
    """Empty when every NoSchedule and NoExecute taint is tolerated; PreferNoSchedule does not count."""
    for taint in cluster.taints:
        if taint.effect in _REPELLING and not any(tolerates(toleration, taint) for toleration in placement.tolerations):
            return f"cluster(s) had untolerated taint {{{_as_printed(taint)}}}"
    return ""


def affinity_reason(placement: Placement, cluster: Cluster, term: AffinityTerm | None = None, overflow: bool = True) -> str:
    if matches(placement, term, cluster, overflow=overflow):
        return ""
    return "cluster(s) did not match the placement cluster affinity constraint"


def property_reason(placement: Placement, cluster: Cluster) -> str:
    """A spread constraint by provider, region or zone asks for that property, also where it is ignored otherwise."""
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


def _as_printed(taint: Taint) -> str:
    """`key=value:effect`; an empty value leaves out the sign (k8s.io/api core/v1 Taint.ToString)."""
    return str(taint)


_REPELLING = frozenset({"NoSchedule", "NoExecute"})
_PROPERTIES: Mapping[str, Callable[[Cluster], object]] = {
    "provider": lambda cluster: cluster.provider,
    "region": lambda cluster: cluster.region,
    "zone": lambda cluster: cluster.zones,
}
