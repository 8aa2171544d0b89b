"""Why nothing could be scheduled, in the words of Karmada's `Scheduled` condition (pkg/scheduler/framework/types.go), and
why each single cluster is not a target."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName, GroupVersionKind
from reconciler.model.label_guess import guess_label
from reconciler.model.memo import Memo
from reconciler.model.policy import Placement, PropagationPolicy
from reconciler.model.spelling import did_you_mean
from reconciler.model.wording import first_few, or_quotes
from reconciler.schedule.candidates import Candidate
from reconciler.schedule.filters import MISSING_API, Eligibility, affinity_reason, property_reason
from reconciler.schedule.result import Refusal


def no_cluster_fits(eligibility: Eligibility) -> str:
    """`0/3 clusters are available: 2 cluster(s) …, 1 cluster(s) ….`, sorted by text."""
    counted = sorted(f"{count} {reason}" for reason, count in Counter(eligibility.rejected.values()).items())
    return f"0/{eligibility.total} clusters are available: {', '.join(counted) or 'no cluster exists'}."


def lacking_api(placement: Placement, clusters: Iterable[Cluster], rejected: Mapping[ClusterName, str]) -> list[Cluster]:
    """The clusters that were rejected because they do not serve the kind, and that the placement would allow otherwise."""
    lacking = [cluster for cluster in clusters if rejected.get(cluster.name) == MISSING_API]
    terms = placement.affinities or (None,)
    return [
        cluster
        for cluster in lacking
        if not property_reason(placement, cluster) and not all(affinity_reason(placement, cluster, term) for term in terms)
    ]


def remedy_for_missing_api(gvk: GroupVersionKind, lacking: Collection[Cluster]) -> str:
    """What to do where these members do not serve the kind in this version; empty if there are none."""
    if not lacking:
        return ""
    same_kind = {(served, cluster.name) for cluster in lacking for served in cluster.apis or () if served.kind == gvk.kind}
    same_group = {found for found in same_kind if found[0].group == gvk.group}
    if not same_kind:
        names = _named(cluster.name for cluster in lacking)
        return (
            f"Install what serves {gvk} on {names}, such as its operator or CustomResourceDefinition, change the placement, or "
            "correct apiVersion and kind."
        )
    best = max((served for served, _ in same_group or same_kind), key=lambda served: (served.group, served.maturity))
    holders = [name for served, name in same_kind if served == best]
    written = f"Write apiVersion: {best.api_version}" + ("" if same_group else ", if that is meant")
    return f"{written}; {_named(holders)} {'serves' if len(holders) == 1 else 'serve'} it."


def correct_placement(policy: PropagationPolicy, clusters: Collection[Cluster]) -> str:
    """The remedy where no cluster fits: the policy, and the first cluster that it names and no file declares, or the first label
    that no Cluster has."""
    place = f" ({policy.origin})" if policy.origin.file else ""
    declared = {cluster.name for cluster in clusters}
    unknown = [name for name in policy.placement.named_clusters if name not in declared]
    remedy = f"Correct the placement of {policy.ref}{place}."
    if unknown:
        remedy += f" It names the cluster {or_quotes(unknown[0])}, which no file declares. {did_you_mean(unknown[0], declared)}"
    else:
        single = policy.placement.affinity
        affinities = [term.affinity for term in policy.placement.affinities] or ([single] if single is not None else [])
        selectors = [affinity.label_selector for affinity in affinities]
        labels = [cluster.labels for cluster in clusters]
        guess = next(filter(None, (guess_label(selector, labels, "Cluster") for selector in selectors)), "")
        remedy += f" {guess}"
    return remedy.rstrip()


def _named(names: Iterable[str]) -> str:
    """`m1`, `m1 and m2`, `m1, m2, m3 and 4 more`."""
    ordered = sorted(names)
    if len(ordered) in (2, _NAMED):
        return f"{', '.join(ordered[:-1])} and {ordered[-1]}"
    return first_few(ordered, _NAMED)


_NOT_SELECTED = "cluster(s) not selected by the spread constraints"
_NO_REPLICA = "cluster(s) got no replica in the division"
_NAMED = 3
"""Clusters that a remedy names before it counts the rest."""


def not_chosen(
    eligibility: Eligibility, chosen: Collection[ClusterName], targets: Iterable[ClusterName], memo: Memo
) -> Mapping[ClusterName, str]:
    """A reason for every cluster that is not a target, sorted by name. chosen: all eligible ones, or those that were selected."""
    if len(chosen) == len(eligibility.clusters):
        rejected = dict(memo(_with_reason, eligibility, _NO_REPLICA))
    else:
        rejected = dict(memo(_with_reason, eligibility, _NOT_SELECTED)) | dict.fromkeys(chosen, _NO_REPLICA)
    for name in targets:
        del rejected[name]
    return rejected


def _with_reason(eligibility: Eligibility, reason: str) -> dict[ClusterName, str]:
    """The clusters that were rejected, and the others with this reason."""
    return dict(sorted({**eligibility.rejected, **dict.fromkeys((one.name for one in eligibility.clusters), reason)}.items()))


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
