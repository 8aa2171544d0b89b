"""Division by available replicas that moves as few replicas as possible (Karmada pkg/scheduler/core/division_algorithm.go).

Scaling up divides only the difference, by the replicas still available. Scaling down takes replicas away in proportion to what
each cluster has; available replicas do not matter. An equal number changes nothing. A fresh schedule counts the replicas in place
as available and divides all of them again. Aggregated uses the fewest clusters that are enough, those with replicas first, and
divides among them by weight; it does not fill one after the other. The first schedule is a scale-up from nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from reconciler.model.binding import TargetCluster
from reconciler.model.keys import ClusterName
from reconciler.model.weighted_division import divide_by_weight
from reconciler.schedule.candidates import Candidate
from reconciler.schedule.estimator import UNBOUNDED, as_int32
from reconciler.schedule.pdqsort import sorted_descending
from reconciler.schedule.result import UNSCHEDULABLE, Refusal
from reconciler.schedule.task import Task

Shares: TypeAlias = dict[ClusterName, int]
"""Replicas by cluster."""

Weights: TypeAlias = list[tuple[ClusterName, int]]


@dataclass(frozen=True, slots=True)
class Scaling:
    """The replicas to divide, and the weights."""

    name: str
    """As in Karmada's messages: do fresh scale, scale down, scale up; empty if nothing is to be divided."""
    replicas: int
    weights: Weights
    current: Shares
    """Replicas that clusters have already and keep."""

    @property
    def users(self) -> frozenset[ClusterName]:
        """Clusters that have replicas of the workload already."""
        return frozenset(name for name, count in self.current.items() if count > 0)


def divide_dynamically(candidates: Sequence[Candidate], task: Task, replicas: int, *, aggregated: bool) -> Shares | Refusal:
    """Replicas by cluster, including clusters that get 0."""
    scaling = next_scaling(candidates, task, replicas)
    if not scaling.name:
        return dict(scaling.current)
    added = _share(scaling, task.workload.uid, aggregated)
    if isinstance(added, Refusal):
        return replace(added, message=f"failed to {scaling.name}: {added.message}")
    current = scaling.current
    return {
        name: current.get(name, 0) + added.get(name, 0) for name in (*added, *(name for name in current if name not in added))
    }


def next_scaling(candidates: Sequence[Candidate], task: Task, replicas: int) -> Scaling:
    names = {candidate.name for candidate in candidates}
    placed = [target for target in task.previous.targets if target.name in names]
    assigned = sum(target.replicas for target in placed)
    if task.previous.fresh:
        return Scaling("do fresh scale", replicas, _available(candidates, task, replicas, placed), {})
    if assigned > replicas:
        return Scaling("scale down", replicas, _weights_of(placed), {})
    current = {target.name: target.replicas for target in placed}
    if assigned == replicas:
        return Scaling("", 0, [], current)
    return Scaling("scale up", replicas - assigned, _available(candidates, task, replicas, ()), current)


def _available(candidates: Sequence[Candidate], task: Task, replicas: int, placed: Iterable[TargetCluster]) -> Weights:
    """Available replicas of each candidate; a fresh schedule adds the replicas that the workload has there."""
    nothing_to_count = replicas == 0 and not task.workload.components
    own = {target.name: target.replicas for target in placed}
    return [
        (one.name, as_int32((UNBOUNDED if nothing_to_count else one.allocatable_replicas) + own.get(one.name, 0)))
        for one in candidates
    ]


def _weights_of(placed: Iterable[TargetCluster]) -> Weights:
    return [(target.name, target.replicas) for target in placed]


def _share(scaling: Scaling, uid: str, aggregated: bool) -> Shares | Refusal:
    available = as_int32(sum(weight for _, weight in scaling.weights))
    if available < scaling.replicas:
        message = f"Clusters available replicas {available} are not enough to schedule."
        return Refusal(UNSCHEDULABLE, message, lacks_capacity=True)
    return divide_by_weight(scaling.replicas, weights_that_count(scaling, aggregated), uid)


def weights_that_count(scaling: Scaling, aggregated: bool) -> dict[ClusterName, int]:
    """All weights, or if aggregated, those of the fewest clusters that are enough."""
    ordered = sorted_descending(scaling.weights, key=lambda item: item[1])
    if aggregated:
        ordered = _fewest(sorted(ordered, key=lambda item: item[0] not in scaling.users), scaling.replicas)
    return dict(ordered)


def _fewest(weights: Weights, replicas: int) -> Weights:
    """The shortest prefix with enough available replicas."""
    available = 0
    for count, (_, weight) in enumerate(weights, start=1):
        available += weight
        if available >= replicas:
            return weights[:count]
    return weights
