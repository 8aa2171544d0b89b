"""Why nothing could be scheduled, in the words of Karmada's `Scheduled` condition (pkg/scheduler/framework/types.go), and
why each single cluster is no target."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from reconciler.model.keys import ClusterName
from reconciler.schedule.candidates import Candidate
from reconciler.schedule.filters import Eligibility
from reconciler.schedule.outcome import Refusal


def no_cluster_fits(eligibility: Eligibility) -> str:
    """`0/3 clusters are available: 2 cluster(s) …, 1 cluster(s) ….`, sorted by text."""
    counted = sorted(f"{count} {reason}" for reason, count in Counter(eligibility.rejected.values()).items())
    return f"0/{eligibility.total} clusters are available: {', '.join(counted) or 'no cluster exists'}."


def not_chosen(eligibility: Eligibility, chosen: Collection[str], targets: Collection[str]) -> Mapping[ClusterName, str]:
    """A reason for every cluster that is no target."""
    rejected = dict(eligibility.rejected)
    for cluster in eligibility.clusters:
        if cluster.name not in chosen:
            rejected[cluster.name] = "cluster(s) did not come into the choice of the spread constraints"
        elif cluster.name not in targets:
            rejected[cluster.name] = "cluster(s) got no replica of the division"
    return dict(sorted(rejected.items())) if len(rejected) > len(eligibility.rejected) else eligibility.rejected


def none_chosen(eligibility: Eligibility, candidates: Iterable[Candidate], refusal: Refusal) -> Mapping[ClusterName, str]:
    """A reason for every cluster where the filters let some pass, and no result came of them."""
    passed = {
        one.name: f"cluster(s) passed every filter, {_room_of(one)}"
        if refusal.lacks_room
        else f"cluster(s) passed every filter; {refusal.message}"
        for one in candidates
    }
    return dict(sorted({**eligibility.rejected, **passed}.items()))


def _room_of(candidate: Candidate) -> str:
    if candidate.cluster.capacity is None:
        return "but nothing is known of their room"
    return f"with room for {candidate.room} replica(s) in all"
