"""How many replicas each chosen cluster gets (Karmada pkg/scheduler/core/common.go, assignment.go).

There are four strategies: the full number everywhere; division by the weights that the policy states; division by available
replicas; and the same among as few clusters as possible (both in `dynamic.py`). If an affinity has overflow affinities, replicas
are divided level by level.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from itertools import groupby, repeat
from operator import attrgetter

from reconciler.model.binding import TargetCluster
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.model.policy import AffinityTerm, Placement, StaticWeight
from reconciler.model.weighted_division import winners_by_weight
from reconciler.schedule.affinity_terms import has_levels
from reconciler.schedule.candidates import Candidate
from reconciler.schedule.dynamic import Shares, Weights, divide_dynamically
from reconciler.schedule.result import SCHEDULER_ERROR, UNSCHEDULABLE, Refusal
from reconciler.schedule.task import Task


class Strategy(StrEnum):
    DUPLICATED = "every selected cluster gets the full number"
    STATIC = "replicas are divided by static weight"
    DYNAMIC = "replicas are divided by available replicas"
    AGGREGATED = "replicas are divided among as few clusters as possible"
    UNKNOWN = ""

    @property
    def needs_estimate(self) -> bool:
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
    """Replicas by cluster, in no particular order."""
    if not candidates:
        return Refusal(SCHEDULER_ERROR, "failed to assign replicas: no clusters available to schedule")
    if not task.workload.counted:
        return {candidate.name: 0 for candidate in candidates}
    if has_levels(term) and task.placement.affinity is None:
        shares = _level_by_level(candidates, task)
    else:
        shares = _on_one_level(candidates, task, task.workload.replicas)
    return replace(shares, message=f"failed to assign replicas: {shares.message}") if isinstance(shares, Refusal) else shares


def _level_by_level(candidates: Sequence[Candidate], task: Task) -> Shares | Refusal:
    """Each level divides its part by the strategy, even by Duplicated."""
    shares: dict[ClusterName, int] = {}
    parts, left = parts_of_levels(candidates, task.workload.replicas)
    for members, part in parts:
        if part > 0:
            part_shares = _on_one_level(members, task, part)
            if isinstance(part_shares, Refusal):
                return part_shares
            shares |= part_shares
    if left > 0:
        return Refusal(UNSCHEDULABLE, "Clusters available replicas are not enough to schedule.", lacks_capacity=True)
    return shares


def parts_of_levels(candidates: Sequence[Candidate], replicas: int) -> tuple[list[tuple[list[Candidate], int]], int]:
    """Each level with its replicas, and the rest that fits nowhere. A level is filled before the next one gets any."""
    parts, left = [], replicas
    for _, level in groupby(sorted(candidates, key=lambda one: one.level), key=lambda one: one.level):
        members = list(level)
        part = min(left, sum(candidate.available_replicas for candidate in members))
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
        return winners_by_weight(replicas, static_weights(clusters, rules_of(task.placement)), task.workload.uid)
    return divide_dynamically(allocatable(candidates), task, replicas, aggregated=strategy is Strategy.AGGREGATED)


def allocatable(candidates: Iterable[Candidate]) -> Weights:
    """How many more replicas each of these can take, in their order."""
    return {one.cluster.name: one.allocatable_replicas for one in candidates}


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
    return tuple(map(TargetCluster, map(attrgetter("name"), clusters), repeat(replicas)))


def static_weights(clusters: tuple[Cluster, ...], rules: tuple[StaticWeight, ...]) -> Mapping[ClusterName, int]:
    """For each cluster, the largest weight of the rules that match it.

    A cluster that no rule matches is left out; if no rule matches any cluster, each has weight 1. The result depends on the
    policy alone, so it can be computed once per policy. Division by static weight uses neither previous targets nor capacity.
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
