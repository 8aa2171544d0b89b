"""Dividing by room, steadily: what is placed stays where it is as far as possible (Karmada division_algorithm.go).

Growing hands out only the difference, by the room that is left; shrinking takes away in proportion to what each cluster has,
whatever room there is; an equal number changes nothing. A fresh start counts what is placed as room and forgets it.
Aggregated fills as few clusters as suffice, those that have replicas first, and shares out among them by weight: it is no
first fit. The first scheduling is a growth from nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from reconciler.model.binding import TargetCluster
from reconciler.model.keys import ClusterName
from reconciler.model.webster import share_out
from reconciler.schedule.candidates import Candidate
from reconciler.schedule.estimator import UNBOUNDED, as_int32
from reconciler.schedule.outcome import UNSCHEDULABLE, Refusal
from reconciler.schedule.pdqsort import sorted_descending
from reconciler.schedule.task import Task

Shares: TypeAlias = dict[ClusterName, int]


Weights: TypeAlias = list[tuple[ClusterName, int]]


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be handed out, and by which weights."""

    name: str
    """As Karmada's messages call it: do fresh scale, scale down, scale up; empty where nothing is to be done."""
    replicas: int
    weights: Weights
    kept: Shares
    """What clusters have already, and keep."""

    @property
    def users(self) -> frozenset[ClusterName]:
        """Clusters that have replicas of the workload already."""
        return frozenset(name for name, count in self.kept.items() if count > 0)


def divide_by_room(candidates: Sequence[Candidate], task: Task, replicas: int, *, aggregated: bool) -> Shares | Refusal:
    """Shares by cluster, those of 0 included."""
    step = next_step(candidates, task, replicas)
    if not step.name:
        return dict(step.kept)
    added = _share(step, task.workload.uid, aggregated)
    if isinstance(added, Refusal):
        return replace(added, message=f"failed to {step.name}: {added.message}")
    kept = step.kept
    return {name: kept.get(name, 0) + added.get(name, 0) for name in (*added, *(name for name in kept if name not in added))}


def next_step(candidates: Sequence[Candidate], task: Task, replicas: int) -> Step:
    names = {candidate.name for candidate in candidates}
    placed = [target for target in task.memory.targets if target.name in names]
    assigned = sum(target.replicas for target in placed)
    if task.memory.fresh:
        return Step("do fresh scale", replicas, _free(candidates, task, replicas, placed), {})
    if assigned > replicas:
        return Step("scale down", replicas, _weights_of(placed), {})
    kept = {target.name: target.replicas for target in placed}
    if assigned == replicas:
        return Step("", 0, [], kept)
    return Step("scale up", replicas - assigned, _free(candidates, task, replicas, ()), kept)


def _free(candidates: Sequence[Candidate], task: Task, replicas: int, placed: Iterable[TargetCluster]) -> Weights:
    """Room that is left, and where the start is fresh, what the workload itself has."""
    nothing_to_count = replicas == 0 and not task.workload.components
    own = {target.name: target.replicas for target in placed}
    return [(one.name, as_int32((UNBOUNDED if nothing_to_count else one.free) + own.get(one.name, 0))) for one in candidates]


def _weights_of(placed: Iterable[TargetCluster]) -> Weights:
    return [(target.name, target.replicas) for target in placed]


def _share(step: Step, uid: str, aggregated: bool) -> Shares | Refusal:
    available = as_int32(sum(weight for _, weight in step.weights))
    if available < step.replicas:
        message = f"Clusters available replicas {available} are not enough to schedule."
        return Refusal(UNSCHEDULABLE, message, lacks_room=True)
    return share_out(step.replicas, weights_that_count(step, aggregated), uid)


def weights_that_count(step: Step, aggregated: bool) -> dict[ClusterName, int]:
    """All of them, or where aggregated, those of the fewest clusters that suffice."""
    ordered = sorted_descending(step.weights, key=lambda item: item[1])
    if aggregated:
        ordered = _fewest(sorted(ordered, key=lambda item: item[0] not in step.users), step.replicas)
    return dict(ordered)


def _fewest(weights: Weights, replicas: int) -> Weights:
    """The shortest run from the front that has room for all."""
    room = 0
    for count, (_, weight) in enumerate(weights, start=1):
        room += weight
        if room >= replicas:
            return weights[:count]
    return weights
