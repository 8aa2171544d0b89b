"""What every filter says of every cluster, for whoever asks "why not there?"

Deciding stops at the first filter that says no (`filters.py`); here all of them are asked, for one workload, when someone wants
to read it. What a filter would reject and lets pass because the cluster has the object already is said as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.model.policy import AffinityTerm
from reconciler.schedule.affinity import mismatch
from reconciler.schedule.filters import affinity_reason, api_reason, eviction_reason, property_reason, taint_reason
from reconciler.schedule.task import Task


@dataclass(frozen=True, slots=True)
class FilterVerdict:
    filter: str
    """As Karmada names the plugin."""
    passes: bool
    reason: str = ""
    """Why it does not pass, or why it does nevertheless; empty where there is nothing to say."""


def verdicts(
    task: Task, clusters: tuple[Cluster, ...], term: AffinityTerm | None
) -> Mapping[ClusterName, tuple[FilterVerdict, ...]]:
    """By cluster, sorted by name; those that are being deleted are not asked about."""
    ordered = sorted(clusters, key=lambda cluster: cluster.name)
    return {cluster.name: _verdicts_on(cluster, task, term) for cluster in ordered if not cluster.deleting}


def _verdicts_on(cluster: Cluster, task: Task, term: AffinityTerm | None) -> tuple[FilterVerdict, ...]:
    placement, holds = task.placement, cluster.name in task.memory.holders
    affinity = affinity_reason(placement, cluster, term, task.workload.runs)
    if affinity and (detail := mismatch(placement, term, cluster, overflow=task.workload.runs)):
        affinity = f"{affinity}: {detail}"
    return (
        _for_newcomers("APIEnablement", api_reason(task.workload.gvk, cluster), holds),
        _for_newcomers("TaintToleration", taint_reason(placement, cluster), holds),
        _for_all("ClusterAffinity", affinity),
        _for_all("SpreadConstraint", property_reason(placement, cluster)),
        _for_all("ClusterEviction", eviction_reason(cluster.name, task.memory.evicting)),
        _for_newcomers("WorkloadAffinity", task.companions.reason(cluster.name), holds),
    )


def _for_all(name: str, reason: str) -> FilterVerdict:
    return FilterVerdict(name, not reason, reason)


def _for_newcomers(name: str, reason: str, holds: bool) -> FilterVerdict:
    if reason and holds:
        return FilterVerdict(name, True, f"{reason}, which does not count: it has the object already")
    return FilterVerdict(name, not reason, reason)
