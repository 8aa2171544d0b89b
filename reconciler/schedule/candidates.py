"""The eligible clusters of one workload, best first (Karmada pkg/scheduler/core/spreadconstraint/group_clusters.go)."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.model.policy import AffinityTerm
from reconciler.schedule.affinity import level_of
from reconciler.schedule.room import UNBOUNDED, replicas_that_fit
from reconciler.schedule.sets import sets_that_fit
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


def rank(clusters: tuple[Cluster, ...], task: Task, term: AffinityTerm | None) -> tuple[Candidate, ...]:
    """A total order: level, then score, then room, then name."""
    held = task.memory.held()
    found = [
        Candidate(
            cluster=cluster,
            level=level_of(term, cluster),
            score=100 if cluster.name in held else 0,
            free=_free(cluster, task),
            held=held.get(cluster.name, 0),
        )
        for cluster in clusters
    ]
    return tuple(sorted(found, key=lambda one: (one.level, -one.score, -one.room, one.name)))


def _free(cluster: Cluster, task: Task) -> int:
    workload = task.workload
    if workload.replicas == 0 and not workload.components:
        return UNBOUNDED
    if task.in_sets:
        return sets_that_fit(cluster.capacity, workload.components)
    return replicas_that_fit(cluster.capacity, workload.requirements)
