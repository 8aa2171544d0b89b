"""The eligible clusters of one workload, best first (Karmada pkg/scheduler/core/spreadconstraint/group_clusters.go)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.model.memo import Memo
from reconciler.model.policy import AffinityTerm
from reconciler.schedule.affinity import level_of
from reconciler.schedule.component_sets import sets_that_fit
from reconciler.schedule.estimator import UNBOUNDED, amounts_of, replicas_that_fit, room_of
from reconciler.schedule.task import Task


@dataclass(frozen=True, slots=True)
class Candidate:
    cluster: Cluster
    level: int
    """Of the overflow: 0 is the first choice."""
    score: int
    """100 where the workload is already, else 0."""
    free: int
    """How many more replicas (or whole sets) there is room for."""
    held: int
    """How many replicas it has."""

    @property
    def name(self) -> ClusterName:
        return self.cluster.name

    @property
    def room(self) -> int:
        """How many replicas it could have in all."""
        return self.free + self.held


def rank(clusters: tuple[Cluster, ...], task: Task, term: AffinityTerm | None, memo: Memo) -> tuple[Candidate, ...]:
    """A total order: level, then score, then room, then name."""
    held = task.memory.held()
    free_in = _estimate(task, memo)
    found = [
        Candidate(
            cluster=cluster,
            level=level_of(term, cluster),
            score=100 if cluster.name in held else 0,
            free=free_in(cluster),
            held=held.get(cluster.name, 0),
        )
        for cluster in clusters
    ]
    return tuple(sorted(found, key=lambda one: (one.level, -one.score, -one.room, one.name)))


def _estimate(task: Task, memo: Memo) -> Callable[[Cluster], int]:
    """What tells how much room a cluster has for this workload."""
    workload = task.workload
    if workload.replicas == 0 and not workload.components:
        return lambda cluster: UNBOUNDED
    if task.in_sets:
        return lambda cluster: sets_that_fit(cluster.capacity, workload.components)
    needs = None if workload.requirements is None else amounts_of(workload.requirements)
    return lambda cluster: replicas_that_fit(memo(room_of, cluster.capacity), needs)
