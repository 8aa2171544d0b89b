"""Division by available replicas that moves as few replicas as possible (Karmada pkg/scheduler/core/division_algorithm.go).

Scaling up divides only the difference, by the replicas still available. Scaling down takes replicas away in proportion to what
each cluster has; available replicas do not matter. An equal number changes nothing. A fresh schedule counts the replicas in place
as available and divides all of them again. Aggregated uses the fewest clusters that are enough, those with replicas first, and
divides among them by weight; it does not fill one after the other. The first schedule is a scale-up from nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, filterfalse
from typing import TypeAlias

from reconciler.model.binding import TargetCluster
from reconciler.model.keys import ClusterName
from reconciler.model.weighted_division import winners_by_weight
from reconciler.schedule.estimator import as_int32
from reconciler.schedule.pdqsort import sorted_descending
from reconciler.schedule.result import UNSCHEDULABLE, Refusal
from reconciler.schedule.task import Task

Shares: TypeAlias = dict[ClusterName, int]
"""Replicas by cluster. A cluster that is left out gets none."""

Weights: TypeAlias = Mapping[ClusterName, int]
"""The weight of each cluster."""


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


def divide_dynamically(available: Weights, task: Task, replicas: int, *, aggregated: bool) -> Shares | Refusal:
    """available: how many more replicas each of the selected clusters can take; if aggregated, best cluster first."""
    scaling = next_scaling(available, task, replicas)
    if not scaling.name:
        return dict(scaling.current)
    shares = _share(scaling, task.workload.uid, aggregated)
    if isinstance(shares, Refusal):
        return replace(shares, message=f"failed to {scaling.name}: {shares.message}")
    for name, count in scaling.current.items():
        shares[name] = shares.get(name, 0) + count
    return shares


def next_scaling(available: Weights, task: Task, replicas: int) -> Scaling:
    """available: as for `divide_dynamically`."""
    placed = [target for target in task.previous.targets if target.name in available]
    assigned = sum(target.replicas for target in placed)
    if task.previous.fresh:
        return Scaling("do fresh scale", replicas, _with_own(available, placed), {})
    current = {target.name: target.replicas for target in placed}
    if assigned > replicas:
        return Scaling("scale down", replicas, current, {})
    if assigned == replicas:
        return Scaling("", 0, {}, current)
    return Scaling("scale up", replicas - assigned, available, current)


def _with_own(available: Weights, placed: Iterable[TargetCluster]) -> Weights:
    """A fresh schedule adds the replicas that the workload has there."""
    own = {target.name: target.replicas for target in placed}
    return {name: as_int32(count + own.get(name, 0)) for name, count in available.items()}


def _share(scaling: Scaling, uid: str, aggregated: bool) -> Shares | Refusal:
    available = as_int32(sum(scaling.weights.values()))
    if available < scaling.replicas:
        message = f"Clusters available replicas {available} are not enough to schedule."
        return Refusal(UNSCHEDULABLE, message, lacks_capacity=True)
    return winners_by_weight(scaling.replicas, weights_that_count(scaling, aggregated), uid)


def weights_that_count(scaling: Scaling, aggregated: bool) -> Weights:
    """All weights; if aggregated, those of the fewest clusters that are enough: clusters with replicas first, then by weight."""
    weights = scaling.weights
    if not aggregated:
        return weights
    fewest, is_tied = _fewest(sorted(weights, key=weights.__getitem__, reverse=True), scaling)
    if is_tied:  # Which one of two equal clusters comes first is decided by Go's sort, which takes longer.
        fewest, _ = _fewest(sorted_descending(list(weights), key=weights.__getitem__), scaling)
    return fewest


def _fewest(ordered: Sequence[ClusterName], scaling: Scaling) -> tuple[Weights, bool]:
    """The weights of the fewest clusters that are enough, or all; and whether another order of equal clusters gives others."""
    users, weights, left = scaling.users, scaling.weights, scaling.replicas
    chosen: dict[ClusterName, int] = {}
    preferred = chain(filter(users.__contains__, ordered), filterfalse(users.__contains__, ordered))
    for name in preferred:
        chosen[name] = weights[name]
        left -= weights[name]
        if left <= 0:
            following = next(preferred, name)
            is_equal = weights[following] == weights[name] and (following in users) == (name in users)
            return chosen, is_equal and following != name
    return chosen, False
