"""When a workload that has clusters is scheduled again (Karmada pkg/scheduler/scheduler.go, doScheduleBinding).

Objects without a count, and those that run in full everywhere, follow the clusters at once. Divided workloads stay where they
are until their number or their policy changes, a cluster goes, or someone asks for a rebalance: new clusters, new labels and
new room change nothing by themselves.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from reconciler.model.cluster import Cluster
from reconciler.model.go_json import as_stored
from reconciler.model.manifest import Manifest, sequence, text
from reconciler.model.memo import Memo
from reconciler.schedule.task import Task

_COMPARED = ("clusterAffinity", "clusterTolerations", "spreadConstraints", "replicaScheduling")


def why_due(task: Task, clusters: Iterable[Cluster], memo: Memo) -> str:
    """The first reason to schedule, as a sentence; empty when nothing is due."""
    memory, placement = task.memory, task.placement
    if not memory.applied:
        return "it was never scheduled"
    if memory.applied != memo(digest_of, placement.document, memory.affinity_name):
        return "its placement changed"
    if _count_changed(task):
        return "its number of replicas changed"
    if memory.fresh:
        return "a rebalance was asked for"
    if not task.workload.runs or placement.duplicated:
        return "what is not divided follows the clusters"
    leaving = sorted(cluster.name for cluster in clusters if cluster.deleting and cluster.name in memory.holders)
    return f"{leaving[0]} is being deleted" if leaving else ""


def _count_changed(task: Task) -> bool:
    scheduling, targets, replicas = task.placement.replica_scheduling, task.memory.targets, task.workload.replicas
    if scheduling is None:
        return False
    if task.rules.whole_sets and task.workload.components and not targets:
        return True
    if task.placement.duplicated:
        return any(target.replicas != replicas for target in targets)
    return task.placement.divided and sum(target.replicas for target in targets) != replicas


def digest_of(placement: Manifest, affinity_name: str) -> str:
    """Of all in a placement that makes a difference while `affinity_name` is in force: of `clusterAffinities` that one alone.

    Where it names none of them, any difference counts, also in parts that are not compared otherwise.
    """
    document = as_stored(placement, empty_lists=True)
    named = [term for term in sequence(document, "clusterAffinities") if text(term, "affinityName") == affinity_name]
    if affinity_name and named:
        document = {name: document.get(name) for name in _COMPARED} | {"term": named[0]}
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:16]
