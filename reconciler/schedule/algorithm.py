"""One run of the algorithm with one affinity: filter, rank, choose, divide (Karmada pkg/scheduler/core/generic_scheduler.go).

Ranking asks every cluster for its room. Where neither spread constraints nor the strategy look at it, which is the ordinary case,
it is left out, and what depends on the policy alone is computed once for all its templates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from reconciler.model.binding import TargetCluster
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.model.memo import Memo
from reconciler.model.policy import AffinityTerm, Placement
from reconciler.model.webster import share_out
from reconciler.schedule.affinity import has_levels
from reconciler.schedule.candidates import rank
from reconciler.schedule.diagnosis import no_cluster_fits, none_chosen, not_chosen
from reconciler.schedule.division import (
    Strategy,
    divide,
    duplicate,
    rules_of,
    static_weights,
    strategy_of,
)
from reconciler.schedule.filters import Eligibility, eligible_clusters, for_one
from reconciler.schedule.outcome import NO_CLUSTER_FITS, Refusal
from reconciler.schedule.spread import select, spreads
from reconciler.schedule.task import Task


@dataclass(frozen=True, slots=True)
class Attempt:
    eligibility: Eligibility
    targets: tuple[TargetCluster, ...] = ()
    """Sorted by name."""
    refusal: Refusal | None = None
    rejected: Mapping[ClusterName, str] = field(default_factory=dict)
    """A reason for every cluster that is no target."""


def attempt(task: Task, clusters: tuple[Cluster, ...], term: AffinityTerm | None, memo: Memo) -> Attempt:
    eligibility = filtered(task, clusters, term, memo)
    if not eligibility.clusters:
        refusal = Refusal(NO_CLUSTER_FITS, no_cluster_fits(eligibility))
        return Attempt(eligibility, refusal=refusal, rejected=eligibility.rejected)
    if room_matters(task, term):
        return _by_room(task, eligibility, term, memo)
    targets = _by_policy_alone(task, eligibility.clusters, memo)
    return Attempt(eligibility, targets, rejected=_rejected(eligibility, eligibility.clusters, targets))


def filtered(task: Task, clusters: tuple[Cluster, ...], term: AffinityTerm | None, memo: Memo) -> Eligibility:
    gvk, memory = task.workload.gvk, task.memory
    everyone = memo(eligible_clusters, task.placement, clusters, gvk.api_version, gvk.kind, term, task.workload.runs)
    return for_one(everyone, memory.holders, memory.evicting, task.companions)


def room_matters(task: Task, term: AffinityTerm | None) -> bool:
    """Whether anyone looks at how much each cluster has left."""
    strategy = strategy_of(task.placement)
    divides = task.workload.counted and (strategy.looks_at_room or strategy is Strategy.UNKNOWN or has_levels(term))
    return divides or spreads(task.placement)


def may_ask_for_room(placement: Placement) -> bool:
    """Whether there are workloads and affinities with which this placement looks at the room of clusters."""
    overflows = any(has_levels(term) for term in placement.affinities)
    return strategy_of(placement).looks_at_room or overflows or spreads(placement)


def _by_room(task: Task, eligibility: Eligibility, term: AffinityTerm | None, memo: Memo) -> Attempt:
    candidates = rank(eligibility.clusters, task, term, memo)
    chosen = select(candidates, task)
    if isinstance(chosen, Refusal):
        return Attempt(eligibility, refusal=chosen, rejected=none_chosen(eligibility, candidates, chosen))
    shares = divide(chosen, task, term)
    if isinstance(shares, Refusal):
        return Attempt(eligibility, refusal=shares, rejected=none_chosen(eligibility, candidates, shares))
    names = [candidate.name for candidate in chosen]
    targets = _targets(task, names, shares)
    return Attempt(eligibility, targets, rejected=_rejected(eligibility, (one.cluster for one in chosen), targets))


def _targets(task: Task, chosen: Iterable[ClusterName], shares: Mapping[ClusterName, int]) -> tuple[TargetCluster, ...]:
    """Shares of 0 are no targets, unless they are asked for; what has no count goes to every chosen cluster."""
    kept = {name: count for name, count in shares.items() if count > 0 or not task.workload.counted}
    if task.rules.empty_workloads:
        kept = dict.fromkeys(chosen, 0) | kept
    return tuple(TargetCluster(name, count) for name, count in sorted(kept.items()))


def _by_policy_alone(task: Task, clusters: tuple[Cluster, ...], memo: Memo) -> tuple[TargetCluster, ...]:
    """The same as `_by_room` where room does not matter; `clusters` are sorted by name, and so are the targets."""
    workload, empty_workloads = task.workload, task.rules.empty_workloads
    if not workload.counted:
        return memo(duplicate, clusters, 0)
    if strategy_of(task.placement) is Strategy.DUPLICATED:
        return memo(duplicate, clusters, workload.replicas) if workload.replicas or empty_workloads else ()
    weights = memo(static_weights, clusters, rules_of(task.placement))
    shares = share_out(workload.replicas, weights, workload.uid)
    if empty_workloads:
        return tuple(TargetCluster(cluster.name, shares.get(cluster.name, 0)) for cluster in clusters)
    return tuple(TargetCluster(name, count) for name, count in shares.items() if count)


def _rejected(
    eligibility: Eligibility, chosen: Iterable[Cluster], targets: tuple[TargetCluster, ...]
) -> Mapping[ClusterName, str]:
    if len(targets) == len(eligibility.clusters):
        return eligibility.rejected
    return not_chosen(eligibility, {cluster.name for cluster in chosen}, {target.name for target in targets})
