"""Why nothing could be scheduled, in the words of Karmada's `Scheduled` condition (pkg/scheduler/framework/types.go), and
why each single cluster is not a target."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from reconciler.model.keys import ClusterName
from reconciler.schedule.candidates import Candidate
from reconciler.schedule.filters import Eligibility
from reconciler.schedule.result import Refusal


def no_cluster_fits(eligibility: Eligibility) -> str:
    """`0/3 clusters are available: 2 cluster(s) …, 1 cluster(s) ….`, sorted by text."""
    counted = sorted(f"{count} {reason}" for reason, count in Counter(eligibility.rejected.values()).items())
    return f"0/{eligibility.total} clusters are available: {', '.join(counted) or 'no cluster exists'}."


def not_chosen(eligibility: Eligibility, chosen: Collection[str], targets: Collection[str]) -> Mapping[ClusterName, str]:
    """A reason for every cluster that is not a target."""
    rejected = dict(eligibility.rejected)
    for cluster in eligibility.clusters:
        if cluster.name not in chosen:
            rejected[cluster.name] = "cluster(s) not selected by the spread constraints"
        elif cluster.name not in targets:
            rejected[cluster.name] = "cluster(s) got no replica in the division"
    return dict(sorted(rejected.items())) if len(rejected) > len(eligibility.rejected) else eligibility.rejected


def none_chosen(eligibility: Eligibility, candidates: Iterable[Candidate], refusal: Refusal) -> Mapping[ClusterName, str]:
    """A reason for every cluster, if some passed the filters and the algorithm failed after that."""
    passed = {
        one.name: f"cluster(s) passed every filter, {_availability(one)}"
        if refusal.lacks_capacity
        else f"cluster(s) passed every filter; {refusal.message}"
        for one in candidates
    }
    return dict(sorted({**eligibility.rejected, **passed}.items()))


def _availability(candidate: Candidate) -> str:
    if candidate.cluster.capacity is None:
        return "but their capacity is unknown"
    return f"with {candidate.available_replicas} available replica(s)"
