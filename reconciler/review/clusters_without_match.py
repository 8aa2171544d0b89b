"""Warnings about policies that name a cluster which no file declares (`UnknownCluster`), or select none (`MatchesNoCluster`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from reconciler.load.schemas.explain_violations import field_path
from reconciler.model.cluster_affinity import ClusterAffinity
from reconciler.model.desired import DesiredState
from reconciler.model.issues import Issue, warning
from reconciler.model.keys import ClusterName
from reconciler.model.label_guess import guess_label
from reconciler.model.multi_cluster_api import IMPORT_ON, SERVICE_EXPORT
from reconciler.model.multi_cluster_service import MULTI_CLUSTER_SERVICE
from reconciler.model.origin import Origin
from reconciler.model.policy import AffinityTerm, Placement, PropagationPolicy
from reconciler.model.spelling import did_you_mean
from reconciler.model.wording import or_quotes
from reconciler.review.places import Place, of_object, rule_path

ItemPath: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class _Choice:
    """One place in a policy that selects clusters."""

    subject: str
    """The policy, such as `PropagationPolicy default/web`."""
    field: str
    """Its name in messages, such as `staticWeightList[0].targetCluster`."""
    origin: Origin
    """Of the policy."""
    path: ItemPath
    """Of the field in the policy."""
    affinity: ClusterAffinity
    expects_match: bool
    """Whether a choice without any cluster is a mistake that nothing else reports."""


def clusters_without_match(
    desired: DesiredState, renamed: Mapping[ClusterName, ClusterName], place: Place = of_object
) -> Iterator[Issue]:
    """Issues for placements with their weights and overflow, suspensions, override rules and ClusterTaintPolicies.

    renamed: as `Compiled.renamed`. place: as for `lint`.
    """
    declared = sorted(cluster.name for cluster in desired.clusters)
    for choice in _choices(desired):
        unknown = sorted({*choice.affinity.cluster_names, *choice.affinity.exclude}.difference(declared))
        for name in unknown:
            remedy = did_you_mean(name, declared)
            remedy = f"{remedy} Otherwise declare the Cluster." if remedy else "Correct the name, or declare the Cluster."
            if new_name := renamed.get(ClusterName(name)):
                remedy = f"Write {new_name}, which is the new name of this member."
            message = f"{choice.subject} names the cluster {or_quotes(name)}, which no file declares ({choice.field})"
            origin = place(choice.origin, (*choice.path, *_item(choice.affinity, name)))
            yield warning("UnknownCluster", message, remedy, origin=origin, subject=choice.subject)
        if choice.expects_match and not unknown and not any(map(choice.affinity.matches, desired.clusters)):
            message = f"{choice.subject}: {choice.field} matches no declared cluster"
            guess = guess_label(choice.affinity.label_selector, [cluster.labels for cluster in desired.clusters], "Cluster")
            remedy = "Compare its labels and fields with those of the Cluster files, or remove it."
            remedy = f"{guess} Otherwise remove it." if guess else remedy
            yield warning("MatchesNoCluster", message, remedy, origin=place(choice.origin, choice.path), subject=choice.subject)


def _choices(desired: DesiredState) -> Iterator[_Choice]:
    for service in desired.multi_cluster_services:
        for field, clusters in (("providerClusters", service.providers), ("consumerClusters", service.consumers)):
            yield _Choice(str(service), field, service.origin, ("spec", field), ClusterAffinity(cluster_names=clusters), False)
    for policy in (one for one in desired.policies if one.ref.kind != MULTI_CLUSTER_SERVICE):
        if policy.ref.kind == SERVICE_EXPORT and policy.placement.affinity is not None:
            stated: ItemPath = ("metadata", "annotations", IMPORT_ON)
            yield _Choice(str(policy.ref), IMPORT_ON, policy.origin, stated, policy.placement.affinity, False)
            continue
        yield from _of_placement(policy, policy.placement)
        names = ClusterAffinity(cluster_names=tuple(sorted(policy.suspension.clusters)))
        yield _Choice(str(policy.ref), "suspension.dispatchingOnClusters", policy.origin, _SUSPENDED, names, False)
    for override in desired.override_policies:
        for position, rule in enumerate(override.rules):
            if rule.target is not None:
                path = (*rule_path(override, position), "targetCluster")
                yield _Choice(str(override.ref), "targetCluster", override.origin, path, rule.target, True)
    for taints in desired.taint_policies:
        if taints.target is not None:
            yield _Choice(str(taints), "targetClusters", taints.origin, ("spec", "targetClusters"), taints.target, True)


def _of_placement(policy: PropagationPolicy, placement: Placement) -> Iterator[_Choice]:
    """The affinities must not match: where no cluster fits, scheduling reports it. A weight without a cluster is silent."""
    subject, origin = str(policy.ref), policy.origin
    if placement.affinity is not None:
        yield _Choice(subject, "clusterAffinity", origin, (*_PLACEMENT, "clusterAffinity"), placement.affinity, False)
    for path, affinity in _of_terms(("clusterAffinities",), placement.affinities):
        yield _Choice(subject, field_path(path), origin, (*_PLACEMENT, *path), affinity, False)
    scheduling = placement.replica_scheduling
    for index, weight in enumerate(scheduling.weights.static if scheduling and scheduling.weights else ()):
        path = ("staticWeightList", index, "targetCluster")
        place = (*_PLACEMENT, "replicaScheduling", "weightPreference", *path)
        yield _Choice(subject, field_path(path), origin, place, weight.target, True)


def _of_terms(field: ItemPath, terms: Iterable[AffinityTerm]) -> Iterator[tuple[ItemPath, ClusterAffinity]]:
    for index, term in enumerate(terms):
        yield (*field, index), term.affinity
        yield from _of_terms((*field, index, "overflowAffinities"), term.overflow or ())


def _item(affinity: ClusterAffinity, name: str) -> ItemPath:
    """The path of a name in its affinity."""
    field, names = ("clusterNames", affinity.cluster_names)
    if name not in names:
        field, names = ("exclude", affinity.exclude)
    return field, names.index(name)


_PLACEMENT = ("spec", "placement")
_SUSPENDED = ("spec", "suspension", "dispatchingOnClusters")
