"""Taints that follow a cluster's conditions (Karmada pkg/controllers/taint/clustertaintpolicy_controller.go).

Conditions are recorded: Ready, as it was published last, and those that the agent of a member reports. The taints are kept in
the recorded state, never in the Cluster file. There are two differences from Karmada: policies are ordered by name, not by age;
and the taints of a deleted policy are removed, because no commit could remove them otherwise. A taint that the Cluster file
states belongs to the file.

NoExecute taints need the time since which they are there, because tolerationSeconds count from it. Where a file has none, the
time when it was first seen is recorded; Karmada's webhook does the same (pkg/apis/cluster/mutation/mutation.go).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from reconciler.model.cluster import NO_EXECUTE, Cluster, Taint
from reconciler.model.condition import READY, whole_seconds
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
    now: datetime,
    complete: bool = True,
) -> Taints:
    """The taints in force now. policies: sorted by name. complete: no file is broken that may declare another
    ClusterTaintPolicy."""
    if not policies and complete:
        return {}
    taints_by_cluster = {
        cluster.name: _taints_of(cluster, policies, recorded[cluster.name], now, complete)
        for cluster in clusters
        if cluster.name in recorded
    }
    return {name: taints for name, taints in taints_by_cluster.items() if taints}


def stated_taints(clusters: Iterable[Cluster], recorded: Mapping[ClusterName, RecordedCluster], now: datetime) -> Taints:
    """The NoExecute taints of the Cluster files that have no timeAdded there, with the time when they were first seen."""
    found = {cluster.name: tuple(_first_seen(cluster, recorded.get(cluster.name), now)) for cluster in clusters}
    return {name: taints for name, taints in found.items() if taints}


def _first_seen(cluster: Cluster, last: RecordedCluster | None, now: datetime) -> Iterator[Taint]:
    seen = {taint.identity: taint for taint in last.stated_taints} if last is not None else {}
    for taint in cluster.taints:
        if taint.effect == NO_EXECUTE and taint.time_added is None:
            known = seen.get(taint.identity)
            if known is None:
                yield replace(taint, time_added=whole_seconds(now))
            else:
                yield known if known.value == taint.value else replace(known, value=taint.value)


def with_taints(clusters: tuple[Cluster, ...], taints: Taints, stated: Taints, memo: Memo) -> tuple[Cluster, ...]:
    """The clusters with these taints added, and with the times of stated ones; the same tuple if there are none."""
    if not taints and not stated:
        return clusters
    return memo.tuple(
        memo(_with_taints, cluster, memo.tuple(taints.get(cluster.name, ())), memo.tuple(stated.get(cluster.name, ())))
        if cluster.name in taints or cluster.name in stated
        else cluster
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
    cluster: Cluster, policies: tuple[TaintPolicy, ...], recorded: RecordedCluster, now: datetime, complete: bool
) -> tuple[Taint, ...]:
    status = {condition.type: condition.status for condition in recorded.conditions}
    # Older programs recorded no conditions.
    status.setdefault(READY, "True" if recorded.ready else "False")
    stated = {taint.identity for taint in cluster.taints}
    governed = {taint.identity for policy in policies for taint in policy.taints}
    current = {taint.identity: taint for taint in recorded.taints if taint.identity in governed or not complete}
    for policy in policies:
        if policy.target is not None and not policy.target.matches(cluster):
            continue
        if holds(policy.add_on, status):
            current |= {taint.identity: _added(taint, now) for taint in policy.taints if taint.identity not in current}
        if holds(policy.remove_on, status):
            removed = {taint.identity for taint in policy.taints}
            current = {name: taint for name, taint in current.items() if name not in removed}
    return tuple(taint for name, taint in sorted(current.items()) if name not in stated)


def _added(taint: Taint, now: datetime) -> Taint:
    return replace(taint, time_added=whole_seconds(now)) if taint.effect == NO_EXECUTE else taint


def _with_taints(cluster: Cluster, taints: tuple[Taint, ...], stated: tuple[Taint, ...]) -> Cluster:
    seen = {taint.identity: taint for taint in stated}
    return replace(cluster, taints=(*(seen.get(taint.identity, taint) for taint in cluster.taints), *taints))
