"""When a workload that has targets is scheduled again (Karmada pkg/scheduler/scheduler.go, doScheduleBinding).

Objects without replicas and duplicated workloads are scheduled again in every pass, so they follow changes of the clusters at
once. Divided workloads stay until their number of replicas or their placement changes, a cluster is deleted, or a rebalance is
requested: new clusters, new labels and new capacity change nothing by themselves.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from reconciler.model.cluster import Cluster
from reconciler.model.go_json import as_go_json
from reconciler.model.manifest import Manifest, sequence, text
from reconciler.model.memo import Memo
from reconciler.schedule.task import Task

NOT_DIVIDED = "it is not divided"
"""The reason that holds in every pass, so that nobody needs to be told."""
_COMPARED = ("clusterAffinity", "clusterTolerations", "spreadConstraints", "replicaScheduling")


def reschedule_reason(task: Task, clusters: Iterable[Cluster], memo: Memo) -> str:
    """The first reason to schedule now, as a clause; empty if there is none."""
    previous, placement = task.previous, task.placement
    if not previous.placement_digest:
        return "it was never scheduled"
    if previous.placement_digest != memo(digest_placement, placement.document, previous.affinity_name):
        return "its placement changed"
    if _count_changed(task):
        return "its number of replicas changed"
    if previous.fresh:
        return "a rebalance was requested"
    if not task.workload.runs or placement.duplicated:
        return NOT_DIVIDED
    leaving = sorted(cluster.name for cluster in clusters if cluster.deleting and cluster.name in previous.holders)
    return f"{leaving[0]} is being deleted" if leaving else ""


def _count_changed(task: Task) -> bool:
    scheduling, targets, replicas = task.placement.replica_scheduling, task.previous.targets, task.workload.replicas
    if scheduling is None:
        return False
    if task.options.component_sets and task.workload.components and not targets:
        return True
    if task.placement.duplicated:
        return any(target.replicas != replicas for target in targets)
    return task.placement.divided and sum(target.replicas for target in targets) != replicas


def digest_placement(placement: Manifest, affinity_name: str) -> str:
    """A digest of the parts of a placement that matter while `affinity_name` is in use: of `clusterAffinities` only that term.

    If `affinity_name` names no term, the whole placement counts, including parts that are not compared otherwise.
    """
    document = as_go_json(placement, empty_lists=True)
    terms = [term for term in sequence(document, "clusterAffinities") if text(term, "affinityName") == affinity_name]
    if affinity_name and terms:
        document = {name: document.get(name) for name in _COMPARED} | {"term": terms[0]}
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:16]
