"""Taints that follow a cluster's conditions (Karmada pkg/controllers/taint/clustertaintpolicy_controller.go).

The only condition that is recorded is Ready: whether the member could be read in the last pass. The taints live in the record,
never in the Cluster file. Where Karmada goes by the age of policies we go by their names; where it leaves the taints of a deleted
policy behind, they go here: nobody could take them off by a commit. A taint that the Cluster file states is the file's.
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
"""Beside those of the Cluster files; clusters without any are left out."""


def health_taints(
    clusters: Iterable[Cluster],
    policies: tuple[TaintPolicy, ...],
    recorded: Mapping[ClusterName, RecordedCluster],
    complete: bool = True,
) -> Taints:
    """policies: sorted by name. complete: no file is broken in which another of them may stand."""
    if not policies and complete:
        return {}
    seen = [cluster for cluster in clusters if cluster.name in recorded]
    found = {cluster.name: _taints_of(cluster, policies, recorded[cluster.name], complete) for cluster in seen}
    return {name: taints for name, taints in found.items() if taints}


def tainted(clusters: tuple[Cluster, ...], taints: Taints, memo: Memo) -> tuple[Cluster, ...]:
    """The clusters with these taints as well."""
    if not taints:
        return clusters
    return memo.tuple(
        memo(_with_taints, cluster, memo.tuple(taints[cluster.name])) if cluster.name in taints else cluster
        for cluster in clusters
    )


def holds(conditions: Iterable[MatchCondition], status: Mapping[str, str]) -> bool:
    """Whether all of them hold; an empty list never does, nor does a condition of a type that the cluster does not have."""
    wanted = tuple(conditions)
    return bool(wanted) and all(_holds(condition, status) for condition in wanted)


def _holds(condition: MatchCondition, status: Mapping[str, str]) -> bool:
    if condition.type not in status:
        return False
    present = status[condition.type] in condition.statuses
    return present if condition.operator == "In" else condition.operator == "NotIn" and not present


def _taints_of(cluster: Cluster, policies: tuple[TaintPolicy, ...], seen: RecordedCluster, complete: bool) -> tuple[Taint, ...]:
    status = {"Ready": "True" if seen.ready else "False"}
    stated = {_identity(taint) for taint in cluster.taints}
    known = {_identity(taint) for policy in policies for taint in policy.taints}
    held = {_identity(taint): taint for taint in seen.taints if _identity(taint) in known or not complete}
    for policy in policies:
        if policy.target is not None and not policy.target.matches(cluster):
            continue
        if holds(policy.add_on, status):
            held |= {_identity(taint): taint for taint in policy.taints if _identity(taint) not in held}
        if holds(policy.remove_on, status):
            held = {name: taint for name, taint in held.items() if name not in {_identity(it) for it in policy.taints}}
    return tuple(taint for name, taint in sorted(held.items()) if name not in stated)


def _identity(taint: Taint) -> tuple[str, str]:
    """The value is not looked at."""
    return (taint.key, taint.effect)


def _with_taints(cluster: Cluster, taints: tuple[Taint, ...]) -> Cluster:
    return replace(cluster, taints=(*cluster.taints, *taints))
