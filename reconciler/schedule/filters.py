"""Which clusters are eligible for a placement (Karmada pkg/scheduler/framework/plugins).

Every filter is asked for every cluster, in a fixed order, and the first that says no gives the reason; Karmada's own order
varies per process. A cluster that already holds the object is not dropped because of a taint or an API that discovery does
not list, only for its affinity or a missing property.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from reconciler.model.cluster import Cluster, Taint
from reconciler.model.keys import ClusterName, GroupVersionKind
from reconciler.model.policy import Placement, Toleration


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The clusters that pass every filter, and why each other one does not."""

    clusters: tuple[Cluster, ...]
    """Sorted by name."""
    rejected: Mapping[ClusterName, str]
    holders_only: tuple[Cluster, ...] = ()
    """Rejected for a taint or a missing API alone: still eligible for what they hold already."""
    total: int = 0
    """All clusters, also those that are being deleted; they have no reason."""


def eligible_clusters(placement: Placement, clusters: tuple[Cluster, ...], api_version: str, kind: str) -> Eligibility:
    """The verdict for objects of a kind that no cluster holds yet. Nothing else of the template matters: ask once per
    policy and kind."""
    gvk = GroupVersionKind.parse(api_version, kind)
    passed, rejected, holders_only = [], {}, []
    for cluster in clusters:
        if cluster.deleting:
            continue
        for_newcomers = api_reason(gvk, cluster) or taint_reason(placement, cluster)
        for_all = affinity_reason(placement, cluster) or property_reason(placement, cluster)
        if for_newcomers or for_all:
            rejected[cluster.name] = for_newcomers or for_all
            if not for_all:
                holders_only.append(cluster)
        else:
            passed.append(cluster)
    return Eligibility(tuple(passed), rejected, tuple(holders_only), len(clusters))


def with_holders(eligibility: Eligibility, holders: Collection[str]) -> Eligibility:
    """The verdict when `holders` have the object already: neither a taint nor discovery drives it away."""
    kept = tuple(cluster for cluster in eligibility.holders_only if cluster.name in holders)
    if not kept:
        return eligibility
    names = {cluster.name for cluster in kept}
    return Eligibility(
        clusters=tuple(sorted((*eligibility.clusters, *kept), key=lambda cluster: cluster.name)),
        rejected={name: reason for name, reason in eligibility.rejected.items() if name not in names},
        holders_only=tuple(cluster for cluster in eligibility.holders_only if cluster.name not in names),
        total=eligibility.total,
    )


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


def affinity_reason(placement: Placement, cluster: Cluster) -> str:
    if placement.affinity is None or placement.affinity.matches(cluster):
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
