"""Dividing by room, steadily: what is placed stays where it is as far as possible (Karmada division_algorithm.go).

Growing hands out only the difference, by the room that is left; shrinking takes away in proportion to what each cluster has,
whatever room there is; an equal number changes nothing. A fresh start counts what is placed as room and forgets it.
Aggregated fills as few clusters as suffice, those that have replicas first, and shares out among them by weight: it is no
first fit. The first scheduling is a growth from nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from reconciler.model.binding import TargetCluster
from reconciler.model.keys import ClusterName
from reconciler.model.webster import share_out
from reconciler.schedule.candidates import Candidate
from reconciler.schedule.outcome import UNSCHEDULABLE, Refusal
from reconciler.schedule.pdqsort import sorted_descending
from reconciler.schedule.room import UNBOUNDED, as_int32
from reconciler.schedule.task import Task

Shares: TypeAlias = dict[ClusterName, int]


def divide_by_room(candidates: Sequence[Candidate], task: Task, replicas: int, *, aggregated: bool) -> Shares | Refusal:
    """Shares by cluster, those of 0 included."""
    names = {candidate.name for candidate in candidates}
    placed = [target for target in task.memory.targets if target.name in names]
    assigned = sum(target.replicas for target in placed)
    uid = task.workload.uid
    if task.memory.fresh:
        weights = _free(candidates, task, replicas, placed)
        return _named("failed to do fresh scale", _share(weights, replicas, uid, aggregated))
    if assigned > replicas:
        return _named("failed to scale down", _share(_weights_of(placed), replicas, uid, aggregated))
    kept = {target.name: target.replicas for target in placed}
    if assigned == replicas:
        return kept
    users = {target.name for target in placed if target.replicas > 0}
    weights = _free(candidates, task, replicas, ())
    added = _share(weights, replicas - assigned, uid, aggregated, users)
    if isinstance(added, Refusal):
        return _named("failed to scale up", added)
    return {name: kept.get(name, 0) + added.get(name, 0) for name in (*added, *(name for name in kept if name not in added))}


Weights: TypeAlias = list[tuple[ClusterName, int]]


def _free(candidates: Sequence[Candidate], task: Task, replicas: int, placed: Iterable[TargetCluster]) -> Weights:
    """Room that is left, and where the start is fresh, what the workload itself has."""
    nothing_to_count = replicas == 0 and not task.workload.components
    own = {target.name: target.replicas for target in placed}
    return [(one.name, as_int32((UNBOUNDED if nothing_to_count else one.free) + own.get(one.name, 0))) for one in candidates]


def _weights_of(placed: Iterable[TargetCluster]) -> Weights:
    return [(target.name, target.replicas) for target in placed]


def _share(weights: Weights, replicas: int, uid: str, aggregated: bool, users: Iterable[str] = frozenset()) -> Shares | Refusal:
    """users: clusters that have replicas of the workload already."""
    available = as_int32(sum(weight for _, weight in weights))
    if available < replicas:
        return Refusal(UNSCHEDULABLE, f"Clusters available replicas {available} are not enough to schedule.")
    ordered = sorted_descending(weights, key=lambda item: item[1])
    if aggregated:
        ordered = _fewest(sorted(ordered, key=lambda item: item[0] not in users), replicas)
    return share_out(replicas, dict(ordered), uid)


def _fewest(weights: Weights, replicas: int) -> Weights:
    """The shortest run from the front that has room for all."""
    room = 0
    for count, (_, weight) in enumerate(weights, start=1):
        room += weight
        if room >= replicas:
            return weights[:count]
    return weights


def _named(step: str, found: Shares | Refusal) -> Shares | Refusal:
    return Refusal(found.reason, f"{step}: {found.message}") if isinstance(found, Refusal) else found
