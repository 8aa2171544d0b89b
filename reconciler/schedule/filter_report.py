"""The result of every filter for every cluster: the answer to "why not there?".

A decision stops at the first filter that rejects a cluster (`filters.py`). The report runs all filters, for one workload, when a
user asks for it. It also names the reasons that do not count because the cluster has the object already.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.model.policy import AffinityTerm
from reconciler.schedule.affinity_terms import mismatch
from reconciler.schedule.filters import affinity_reason, api_reason, eviction_reason, property_reason, taint_reason
from reconciler.schedule.task import Task


@dataclass(frozen=True, slots=True)
class FilterResult:
    """One filter's answer for one cluster."""

    filter: str
    """Karmada's name of the plugin."""
    passes: bool
    reason: str = ""
    """Why the cluster does not pass, or why a reason against it does not count; otherwise empty."""


def report_filters(
    task: Task, clusters: tuple[Cluster, ...], term: AffinityTerm | None
) -> Mapping[ClusterName, tuple[FilterResult, ...]]:
    """Results by cluster, sorted by name; clusters that are being deleted are left out."""
    ordered = sorted(clusters, key=lambda cluster: cluster.name)
    return {cluster.name: _report_cluster(cluster, task, term) for cluster in ordered if not cluster.deleting}


def _report_cluster(cluster: Cluster, task: Task, term: AffinityTerm | None) -> tuple[FilterResult, ...]:
    placement, holds = task.placement, cluster.name in task.previous.holders
    affinity = affinity_reason(placement, cluster, term, task.workload.runs)
    if affinity and (detail := mismatch(placement, term, cluster, overflow=task.workload.runs)):
        affinity = f"{affinity}: {detail}"
    return (
        _for_newcomers("APIEnablement", api_reason(task.workload.gvk, cluster), holds),
        _for_newcomers("TaintToleration", taint_reason(placement, cluster), holds),
        _for_all("ClusterAffinity", affinity),
        _for_all("SpreadConstraint", property_reason(placement, cluster)),
        _for_all("ClusterEviction", eviction_reason(cluster.name, task.previous.evicting)),
        _for_newcomers("WorkloadAffinity", task.workload_affinity.reason(cluster.name), holds),
    )


def _for_all(name: str, reason: str) -> FilterResult:
    return FilterResult(name, not reason, reason)


def _for_newcomers(name: str, reason: str, holds: bool) -> FilterResult:
    if reason and holds:
        return FilterResult(name, True, f"{reason}, which does not count: the cluster has the object already")
    return FilterResult(name, not reason, reason)
