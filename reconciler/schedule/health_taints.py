"""Taints that follow a cluster's conditions (Karmada pkg/controllers/taint/clustertaintpolicy_controller.go).

The only recorded condition is Ready: whether the member could be read in the last pass. The taints are kept in the recorded
state, never in the Cluster file. There are two differences from Karmada: policies are ordered by name, not by age; and the taints
of a deleted policy are removed, because no commit could remove them otherwise. A taint that the Cluster file states belongs to
the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from reconciler.model.cluster import Cluster, Taint
from reconciler.model.keys import ClusterName
from reconciler.model.memo import Memo
from reconciler.model.recorded import RecordedCluster
from reconciler.model.taint_policy import MatchCondition, TaintPolicy

Taints = Mapping[ClusterName, tuple[Taint, ...]]
"""Taints in addition to those of the Cluster files; clusters without any are left out."""


def health_taints(
    clusters: Iterable[Cluster],
    policies: tuple[TaintPolicy, ...],
    recorded: Mapping[ClusterName, RecordedCluster],
    complete: bool = True,
) -> Taints:
    """The taints in force now. policies: sorted by name. complete: no file is broken that may declare another
    ClusterTaintPolicy."""
    if not policies and complete:
        return {}
    taints_by_cluster = {
        cluster.name: _taints_of(cluster, policies, recorded[cluster.name], complete)
        for cluster in clusters
        if cluster.name in recorded
    }
    return {name: taints for name, taints in taints_by_cluster.items() if taints}


def with_taints(clusters: tuple[Cluster, ...], taints: Taints, memo: Memo) -> tuple[Cluster, ...]:
    """The clusters with these taints added; the same tuple if there are none."""
    if not taints:
        return clusters
    return memo.tuple(
        memo(_add_taints, cluster, memo.tuple(taints[cluster.name])) if cluster.name in taints else cluster
        for cluster in clusters
    )


def holds(conditions: Iterable[MatchCondition], status: Mapping[str, str]) -> bool:
    """Whether all conditions hold. An empty list never holds, nor does a condition of a type that the cluster does not have."""
    required = tuple(conditions)
    return bool(required) and all(_holds(condition, status) for condition in required)


def _holds(condition: MatchCondition, status: Mapping[str, str]) -> bool:
    if condition.type not in status:
        return False
    present = status[condition.type] in condition.statuses
    return present if condition.operator == "In" else condition.operator == "NotIn" and not present


def _taints_of(
    cluster: Cluster, policies: tuple[TaintPolicy, ...], recorded: RecordedCluster, complete: bool
) -> tuple[Taint, ...]:
    status = {"Ready": "True" if recorded.ready else "False"}
    stated = {_identity(taint) for taint in cluster.taints}
    governed = {_identity(taint) for policy in policies for taint in policy.taints}
    current = {_identity(taint): taint for taint in recorded.taints if _identity(taint) in governed or not complete}
    for policy in policies:
        if policy.target is not None and not policy.target.matches(cluster):
            continue
        if holds(policy.add_on, status):
            current |= {_identity(taint): taint for taint in policy.taints if _identity(taint) not in current}
        if holds(policy.remove_on, status):
            removed = {_identity(taint) for taint in policy.taints}
            current = {name: taint for name, taint in current.items() if name not in removed}
    return tuple(taint for name, taint in sorted(current.items()) if name not in stated)


def _identity(taint: Taint) -> tuple[str, str]:
    """Key and effect; the value does not count."""
    return (taint.key, taint.effect)


def _add_taints(cluster: Cluster, taints: tuple[Taint, ...]) -> Cluster:
    return replace(cluster, taints=(*cluster.taints, *taints))
