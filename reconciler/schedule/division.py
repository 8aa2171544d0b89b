"""How many replicas each chosen cluster gets (Karmada pkg/scheduler/core/common.go, assignment.go).

Four strategies: the full number everywhere; shares by the weights that the policy states; shares by the room there is; and the
same in as few clusters as possible (both in `dynamic.py`). Where an affinity has an overflow, replicas go level by level.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from itertools import groupby

from reconciler.model.binding import TargetCluster
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.model.policy import AffinityTerm, Placement, StaticWeight
from reconciler.model.webster import share_out
from reconciler.schedule.affinity import has_levels
from reconciler.schedule.candidates import Candidate
from reconciler.schedule.dynamic import Shares, divide_by_room
from reconciler.schedule.outcome import SCHEDULER_ERROR, UNSCHEDULABLE, Refusal
from reconciler.schedule.task import Task


class Strategy(StrEnum):
    DUPLICATED = "every chosen cluster gets the full number"
    STATIC = "replicas are divided by static weight"
    DYNAMIC = "replicas are divided by the room that clusters have"
    AGGREGATED = "replicas are divided among as few clusters as have room"
    UNKNOWN = ""

    @property
    def looks_at_room(self) -> bool:
        return self in (Strategy.DYNAMIC, Strategy.AGGREGATED)


def strategy_of(placement: Placement) -> Strategy:
    scheduling = placement.replica_scheduling
    if scheduling is None or placement.duplicated:
        return Strategy.DUPLICATED
    if not placement.divided or scheduling.preference not in ("Weighted", "Aggregated"):
        return Strategy.UNKNOWN
    if scheduling.preference == "Aggregated":
        return Strategy.AGGREGATED
    return Strategy.DYNAMIC if scheduling.weights is not None and scheduling.weights.dynamic else Strategy.STATIC


def divide(candidates: Sequence[Candidate], task: Task, term: AffinityTerm | None) -> Shares | Refusal:
    """Shares by cluster, those of 0 included, in no particular order."""
    if not candidates:
        return Refusal(SCHEDULER_ERROR, "failed to assign replicas: no clusters available to schedule")
    if not task.workload.counted:
        return {candidate.name: 0 for candidate in candidates}
    if has_levels(term) and task.placement.affinity is None:
        found = _level_by_level(candidates, task)
    else:
        found = _on_one_level(candidates, task, task.workload.replicas)
    return replace(found, message=f"failed to assign replicas: {found.message}") if isinstance(found, Refusal) else found


def _level_by_level(candidates: Sequence[Candidate], task: Task) -> Shares | Refusal:
    """How a level divides its part is the strategy's business, be it Duplicated."""
    shares: dict[ClusterName, int] = {}
    parts, left = parts_of_levels(candidates, task.workload.replicas)
    for members, part in parts:
        if part > 0:
            found = _on_one_level(members, task, part)
            if isinstance(found, Refusal):
                return found
            shares |= found
    if left > 0:
        return Refusal(UNSCHEDULABLE, "Clusters available replicas are not enough to schedule.", lacks_room=True)
    return shares


def parts_of_levels(candidates: Sequence[Candidate], replicas: int) -> tuple[list[tuple[list[Candidate], int]], int]:
    """Each level with its part, and what is left over: a level takes what it has room for, in all, before the next gets any."""
    parts, left = [], replicas
    for _, level in groupby(sorted(candidates, key=lambda one: one.level), key=lambda one: one.level):
        members = list(level)
        part = min(left, sum(candidate.room for candidate in members))
        parts.append((members, part))
        left -= max(part, 0)
    return parts, left


def _on_one_level(candidates: Sequence[Candidate], task: Task, replicas: int) -> Shares | Refusal:
    strategy = strategy_of(task.placement)
    if strategy is Strategy.UNKNOWN:
        return _unsupported(task.placement)
    if strategy is Strategy.DUPLICATED:
        return {candidate.name: replicas for candidate in candidates}
    if strategy is Strategy.STATIC:
        clusters = tuple(candidate.cluster for candidate in candidates)
        return share_out(replicas, static_weights(clusters, rules_of(task.placement)), task.workload.uid)
    return divide_by_room(candidates, task, replicas, aggregated=strategy is Strategy.AGGREGATED)


def _unsupported(placement: Placement) -> Refusal:
    scheduling = placement.replica_scheduling
    kind, preference = (scheduling.type, scheduling.preference) if scheduling else ("", "")
    message = (
        f"unsupported replica scheduling strategy, replicaSchedulingType: {kind}, replicaDivisionPreference: {preference}, "
        "please try another scheduling strategy"
    )
    return Refusal(SCHEDULER_ERROR, message)


def duplicate(clusters: tuple[Cluster, ...], replicas: int) -> tuple[TargetCluster, ...]:
    """Every cluster gets the full number."""
    return tuple(TargetCluster(cluster.name, replicas) for cluster in clusters)


def static_weights(clusters: tuple[Cluster, ...], rules: tuple[StaticWeight, ...]) -> Mapping[ClusterName, int]:
    """The largest weight of the rules that match a cluster. One that no rule matches is left out; if that is true of all of
    them, each counts 1. Nothing of a template matters: ask once per policy.

    Replicas are shared out by these alone: neither earlier placements nor capacity are looked at.
    """
    weights = {
        cluster.name: max((rule.weight for rule in rules if rule.target.matches(cluster)), default=0) for cluster in clusters
    }
    if not any(weights.values()):
        return {cluster.name: 1 for cluster in clusters}
    return {name: weight for name, weight in weights.items() if weight}


def rules_of(placement: Placement) -> tuple[StaticWeight, ...]:
    weights = placement.replica_scheduling.weights if placement.replica_scheduling else None
    return weights.static if weights else ()
