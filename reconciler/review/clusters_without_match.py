"""Warnings about policies that name a cluster which no file declares (`UnknownCluster`), or select none (`MatchesNoCluster`)."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from reconciler.model.cluster_affinity import ClusterAffinity
from reconciler.model.desired import DesiredState
from reconciler.model.issues import Issue, warning
from reconciler.model.keys import ClusterName
from reconciler.model.origin import Origin
from reconciler.model.policy import AffinityTerm, Placement, PropagationPolicy
from reconciler.model.wording import or_quotes


@dataclass(frozen=True, slots=True)
class _Choice:
    """One place in a policy that selects clusters."""

    subject: str
    """The policy, such as `PropagationPolicy default/web`."""
    place: str
    """The field, such as `staticWeightList[0].targetCluster`."""
    origin: Origin
    affinity: ClusterAffinity
    expects_match: bool
    """Whether a choice without any cluster is a mistake that nothing else reports."""


def clusters_without_match(desired: DesiredState, renamed: Mapping[ClusterName, ClusterName]) -> Iterator[Issue]:
    """Issues for placements with their weights and overflow, suspensions, override rules and ClusterTaintPolicies.

    renamed: as `Compiled.renamed`.
    """
    declared = sorted(cluster.name for cluster in desired.clusters)
    for choice in _choices(desired):
        unknown = sorted({*choice.affinity.cluster_names, *choice.affinity.exclude}.difference(declared))
        for name in unknown:
            similar = difflib.get_close_matches(name, declared, 1)
            remedy = f"Write {similar[0]} if that is meant." if similar else "Correct the name, or declare the Cluster."
            if new_name := renamed.get(ClusterName(name)):
                remedy = f"Write {new_name}, which is the new name of this member."
            message = f"{choice.subject} names the cluster {or_quotes(name)}, which no file declares ({choice.place})"
            yield warning("UnknownCluster", message, remedy, origin=choice.origin, subject=choice.subject)
        if choice.expects_match and not unknown and not any(map(choice.affinity.matches, desired.clusters)):
            message = f"{choice.subject}: {choice.place} matches no declared cluster"
            remedy = "Compare its labels and fields with those of the Cluster files, or remove it."
            yield warning("MatchesNoCluster", message, remedy, origin=choice.origin, subject=choice.subject)


def _choices(desired: DesiredState) -> Iterator[_Choice]:
    for policy in desired.policies:
        yield from _of_placement(policy, policy.placement)
        names = ClusterAffinity(cluster_names=tuple(sorted(policy.suspension.clusters)))
        yield _Choice(str(policy.ref), "suspension.dispatchingOnClusters", policy.origin, names, False)
    for override in desired.override_policies:
        for rule in override.rules:
            if rule.target is not None:
                yield _Choice(str(override.ref), "targetCluster", rule.origin, rule.target, True)
    for taints in desired.taint_policies:
        if taints.target is not None:
            yield _Choice(str(taints), "targetClusters", taints.origin, taints.target, True)


def _of_placement(policy: PropagationPolicy, placement: Placement) -> Iterator[_Choice]:
    """The affinities must not match: where no cluster fits, scheduling reports it. A weight without a cluster is silent."""
    subject, origin = str(policy.ref), policy.origin
    if placement.affinity is not None:
        yield _Choice(subject, "clusterAffinity", origin, placement.affinity, False)
    for place, affinity in _of_terms("clusterAffinities", placement.affinities):
        yield _Choice(subject, place, origin, affinity, False)
    scheduling = placement.replica_scheduling
    for index, weight in enumerate(scheduling.weights.static if scheduling and scheduling.weights else ()):
        yield _Choice(subject, f"staticWeightList[{index}].targetCluster", origin, weight.target, True)


def _of_terms(field: str, terms: Iterable[AffinityTerm]) -> Iterator[tuple[str, ClusterAffinity]]:
    for index, term in enumerate(terms):
        yield f"{field}[{index}]", term.affinity
        yield from _of_terms(f"{field}[{index}].overflowAffinities", term.overflow or ())
