"""Which clusters match one of a placement's affinities, and at which overflow level.

Each affinity may have overflow affinities: levels that take the replicas that do not fit into the levels before. The order in
which several affinities are tried is in `ordered_affinities.py`.
"""

from __future__ import annotations

from reconciler.model.cluster import Cluster
from reconciler.model.cluster_affinity import ClusterAffinity
from reconciler.model.policy import AffinityTerm, Placement

_NOWHERE = 1000
"""The level of a cluster that no affinity of the term matches; it is eligible through the placement's `clusterAffinity`."""


def term_named(placement: Placement, name: str) -> AffinityTerm | None:
    return next((term for term in placement.affinities if term.name == name), None) if name else None


def matches(placement: Placement, term: AffinityTerm | None, cluster: Cluster, *, overflow: bool) -> bool:
    """Whether the placement allows the cluster.

    overflow: whether the term's overflow affinities count too; they do for workloads. If a placement has both kinds of affinity,
    which Karmada's API refuses, `clusterAffinity` alone decides.
    """
    if placement.affinity is not None:
        return placement.affinity.matches(cluster)
    if term is None or term.affinity.matches(cluster):
        return True
    return overflow and any(other.affinity.matches(cluster) for other in term.overflow or ())


def mismatch(placement: Placement, term: AffinityTerm | None, cluster: Cluster, *, overflow: bool) -> str:
    """Why the cluster does not match, as a clause; empty if it matches."""
    if matches(placement, term, cluster, overflow=overflow):
        return ""
    if placement.affinity is not None:
        return _first_mismatch(placement.affinity, cluster)
    if term is None:
        return ""
    others = f", and no overflow affinity of {term.name} matches it" if overflow and term.overflow else ""
    return f"{term.name}: {_first_mismatch(term.affinity, cluster)}{others}"


def _first_mismatch(affinity: ClusterAffinity, cluster: Cluster) -> str:
    """The first part of the affinity that the cluster does not match."""
    if cluster.name in affinity.exclude:
        return "it is excluded by name"
    if affinity.cluster_names and cluster.name not in affinity.cluster_names:
        return "it is not among clusterNames"
    selector = affinity.label_selector
    if selector is not None and not selector.matches(cluster.labels):
        unmatched = [str(requirement) for requirement in selector.requirements if not requirement.matches(cluster.labels)]
        return f"its labels are not {' and '.join(unmatched)}" if unmatched else "the label selector matches nothing"
    unmatched = [str(field) for field in affinity.fields if not ClusterAffinity(fields=(field,)).matches(cluster)]
    return f"it is not {' and '.join(unmatched)}"


def level_of(term: AffinityTerm | None, cluster: Cluster) -> int:
    """0 for clusters of the term's own affinity, then 1, 2 … for the first overflow affinity that matches."""
    if term is None or term.overflow is None or term.affinity.matches(cluster):
        return 0
    levels = (level for level, other in enumerate(term.overflow, start=1) if other.affinity.matches(cluster))
    return next(levels, _NOWHERE)


def has_levels(term: AffinityTerm | None) -> bool:
    """Whether replicas are divided level by level, for which available replicas are estimated. An empty list counts too."""
    return term is not None and term.overflow is not None
