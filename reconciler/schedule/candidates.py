"""The eligible clusters of one workload, best first (Karmada pkg/scheduler/core/spreadconstraint/group_clusters.go)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.model.memo import Memo
from reconciler.model.policy import AffinityTerm
from reconciler.schedule.affinity_terms import level_of
from reconciler.schedule.component_sets import max_available_component_sets
from reconciler.schedule.estimator import UNBOUNDED, amounts_of, free_resources, max_available_replicas
from reconciler.schedule.task import Task


@dataclass(frozen=True, slots=True)
class Candidate:
    """One eligible cluster. Numbers of replicas are named as in Karmada's ClusterDetailInfo."""

    cluster: Cluster
    level: int
    """Overflow level; 0 is the first choice."""
    score: int
    """100 if the workload is already there, else 0."""
    allocatable_replicas: int
    """How many more replicas (or component sets) fit."""
    assigned_replicas: int
    """How many replicas of the workload it has already."""

    @property
    def name(self) -> ClusterName:
        return self.cluster.name

    @property
    def available_replicas(self) -> int:
        """How many replicas it can have in total."""
        return self.allocatable_replicas + self.assigned_replicas


def rank(clusters: tuple[Cluster, ...], task: Task, term: AffinityTerm | None, memo: Memo) -> tuple[Candidate, ...]:
    """The candidates in a total order: by level, then score, then available replicas, then name."""
    assigned = task.previous.replicas_by_cluster()
    estimate = _estimator(task, memo)
    candidates = [
        Candidate(
            cluster=cluster,
            level=level_of(term, cluster),
            score=100 if cluster.name in assigned else 0,
            allocatable_replicas=estimate(cluster),
            assigned_replicas=assigned.get(cluster.name, 0),
        )
        for cluster in clusters
    ]
    return tuple(sorted(candidates, key=lambda one: (one.level, -one.score, -one.available_replicas, one.name)))


def _estimator(task: Task, memo: Memo) -> Callable[[Cluster], int]:
    """A function that estimates how many more replicas of this workload fit into a cluster."""
    workload = task.workload
    if workload.replicas == 0 and not workload.components:
        return lambda cluster: UNBOUNDED
    if task.counts_component_sets:
        return lambda cluster: max_available_component_sets(cluster.capacity, workload.components)
    needs = None if workload.requirements is None else amounts_of(workload.requirements)
    return lambda cluster: max_available_replicas(memo(free_resources, cluster.capacity), needs)
