"""Which of a placement's affinities counts, and how far a cluster is from its first choice.

`clusterAffinities` are tried in order, from the one that was used last and only forward: nothing goes back to an earlier one by
itself (Karmada pkg/scheduler/scheduler.go, scheduleResourceBindingWithClusterAffinities). Each may have overflow affinities,
levels that take what finds no room in the ones before.
"""

from __future__ import annotations

from reconciler.model.cluster import Cluster
from reconciler.model.policy import AffinityTerm, Placement
from reconciler.model.selector import ClusterAffinity
from reconciler.schedule.task import Memory

_NOWHERE = 1000
"""Level of a cluster that no affinity of the term matches; a `clusterAffinity` beside the term let it in."""


def terms_to_try(placement: Placement, memory: Memory) -> tuple[AffinityTerm | None, ...]:
    """In order. (None,) where the placement has no `clusterAffinities`."""
    if not placement.affinities:
        return (None,)
    names = [term.name for term in placement.affinities]
    start = names.index(memory.affinity_name) if memory.affinity_name in names and not memory.fresh else 0
    return placement.affinities[start:]


def term_named(placement: Placement, name: str) -> AffinityTerm | None:
    return next((term for term in placement.affinities if term.name == name), None) if name else None


def matches(placement: Placement, term: AffinityTerm | None, cluster: Cluster, *, overflow: bool) -> bool:
    """overflow: whether clusters of the term's overflow count as well; they do for workloads.

    Where a placement has both kinds, which Karmada's API refuses, `clusterAffinity` alone decides.
    """
    if placement.affinity is not None:
        return placement.affinity.matches(cluster)
    if term is None or term.affinity.matches(cluster):
        return True
    return overflow and any(other.affinity.matches(cluster) for other in term.overflow or ())


def mismatch(placement: Placement, term: AffinityTerm | None, cluster: Cluster, *, overflow: bool) -> str:
    """What keeps a cluster out that does not match, as a clause; empty for one that does."""
    if matches(placement, term, cluster, overflow=overflow):
        return ""
    if placement.affinity is not None:
        return _missed(placement.affinity, cluster)
    if term is None:
        return ""
    others = f", and no overflow of {term.name} takes it" if overflow and term.overflow else ""
    return f"{term.name}: {_missed(term.affinity, cluster)}{others}"


def _missed(affinity: ClusterAffinity, cluster: Cluster) -> str:
    """The first part of an affinity that does not hold."""
    if cluster.name in affinity.exclude:
        return "it is excluded by name"
    if affinity.cluster_names and cluster.name not in affinity.cluster_names:
        return "it is not among clusterNames"
    selector = affinity.label_selector
    if selector is not None and not selector.matches(cluster.labels):
        missed = [str(requirement) for requirement in selector.requirements if not requirement.matches(cluster.labels)]
        return f"its labels are not {' and '.join(missed)}" if missed else "the label selector matches nothing"
    missed = [str(field) for field in affinity.fields if not ClusterAffinity(fields=(field,)).matches(cluster)]
    return f"it is not {' and '.join(missed)}"


def level_of(term: AffinityTerm | None, cluster: Cluster) -> int:
    """0 for the term's own clusters, then 1 and up along its overflow; the first that matches counts."""
    if term is None or term.overflow is None or term.affinity.matches(cluster):
        return 0
    levels = (level for level, other in enumerate(term.overflow, start=1) if other.affinity.matches(cluster))
    return next(levels, _NOWHERE)


def has_levels(term: AffinityTerm | None) -> bool:
    """Whether replicas go level by level, which also means that room is looked at. An empty overflow list is enough."""
    return term is not None and term.overflow is not None
