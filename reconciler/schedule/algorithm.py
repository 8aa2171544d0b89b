"""One run of the algorithm with one affinity: filter, rank, select, divide (Karmada pkg/scheduler/core/generic_scheduler.go).

Ranking estimates the available replicas of every cluster. Usually neither spread constraints nor the strategy need the estimate:
ranking is left out then, and whatever depends on the policy alone is computed once for all its templates.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import starmap

from reconciler.model.binding import TargetCluster
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.model.memo import Memo
from reconciler.model.policy import AffinityTerm, Placement
from reconciler.model.weighted_division import winners_by_weight
from reconciler.schedule.affinity_terms import has_levels
from reconciler.schedule.candidates import allocatable_replicas, cluster_names, rank
from reconciler.schedule.diagnosis import no_cluster_fits, none_chosen, not_chosen
from reconciler.schedule.division import (
    Strategy,
    divide,
    duplicate,
    rules_of,
    static_weights,
    strategy_of,
)
from reconciler.schedule.dynamic import divide_dynamically
from reconciler.schedule.filters import Eligibility, eligible_clusters, for_template, holders_that_matter, with_holders
from reconciler.schedule.result import NO_CLUSTER_FITS, Refusal
from reconciler.schedule.spread_constraints import select, spreads
from reconciler.schedule.task import Task


@dataclass(frozen=True, slots=True)
class AlgorithmResult:
    """The targets that one run found, or its refusal."""

    eligibility: Eligibility
    targets: tuple[TargetCluster, ...] = ()
    """Sorted by name."""
    refusal: Refusal | None = None
    rejected: Mapping[ClusterName, str] = field(default_factory=dict)
    """A reason for every cluster that is not a target."""


def run_algorithm(task: Task, clusters: tuple[Cluster, ...], term: AffinityTerm | None, memo: Memo) -> AlgorithmResult:
    """term: the affinity to use; None if the placement has no `clusterAffinities`."""
    eligibility = filter_clusters(task, clusters, term, memo)
    if not eligibility.clusters:
        refusal = Refusal(NO_CLUSTER_FITS, no_cluster_fits(eligibility))
        return AlgorithmResult(eligibility, refusal=refusal, rejected=eligibility.rejected)
    if needs_estimate(task, term):
        return _with_estimate(task, eligibility, term, memo)
    targets = _by_policy_alone(task, eligibility.clusters, memo)
    return AlgorithmResult(
        eligibility, targets, rejected=_rejected(eligibility, memo(cluster_names, eligibility.clusters), targets, memo)
    )


def filter_clusters(task: Task, clusters: tuple[Cluster, ...], term: AffinityTerm | None, memo: Memo) -> Eligibility:
    gvk, previous = task.workload.gvk, task.previous
    eligibility = memo(eligible_clusters, task.placement, clusters, gvk.api_version, gvk.kind, term, task.workload.runs)
    holders = memo.tuple(holders_that_matter(eligibility, previous.holders))
    if holders:  # Many templates have the same holders, and share what follows from them.
        eligibility = memo(with_holders, eligibility, holders)
    return for_template(eligibility, previous.holders, previous.evicting, task.workload_affinity)


def needs_estimate(task: Task, term: AffinityTerm | None) -> bool:
    """Whether the task needs an estimate of the replicas available in each cluster."""
    strategy = strategy_of(task.placement)
    divides = task.workload.counted and (strategy.needs_estimate or strategy is Strategy.UNKNOWN or has_levels(term))
    return divides or spreads(task.placement)


def may_need_estimate(placement: Placement) -> bool:
    """Whether this placement needs an estimate for some workload and some affinity."""
    overflows = any(has_levels(term) for term in placement.affinities)
    return strategy_of(placement).needs_estimate or overflows or spreads(placement)


def _with_estimate(task: Task, eligibility: Eligibility, term: AffinityTerm | None, memo: Memo) -> AlgorithmResult:
    strategy, clusters = strategy_of(task.placement), eligibility.clusters
    if strategy.needs_estimate and not spreads(task.placement) and not has_levels(term):
        aggregated = strategy is Strategy.AGGREGATED
        available = allocatable_replicas(clusters, task, memo, ranked=aggregated)
        shares = divide_dynamically(available, task, task.workload.replicas, aggregated=aggregated)
        if not isinstance(shares, Refusal):
            return _divided(task, eligibility, memo(cluster_names, clusters), shares, memo)
    candidates = rank(clusters, task, term, memo)
    chosen = select(candidates, task)
    if isinstance(chosen, Refusal):
        return AlgorithmResult(eligibility, refusal=chosen, rejected=none_chosen(eligibility, candidates, chosen))
    shares = divide(chosen, task, term)
    if isinstance(shares, Refusal):
        return AlgorithmResult(eligibility, refusal=shares, rejected=none_chosen(eligibility, candidates, shares))
    return _divided(task, eligibility, [candidate.name for candidate in chosen], shares, memo)


def _divided(
    task: Task, eligibility: Eligibility, chosen: Collection[ClusterName], shares: Mapping[ClusterName, int], memo: Memo
) -> AlgorithmResult:
    targets = _targets(task, chosen, shares)
    return AlgorithmResult(eligibility, targets, rejected=_rejected(eligibility, chosen, targets, memo))


def _targets(task: Task, chosen: Collection[ClusterName], shares: Mapping[ClusterName, int]) -> tuple[TargetCluster, ...]:
    """Clusters with a share of 0 are targets only with `empty_workloads`. Objects without replicas go to every selected
    cluster."""
    counts = {name: count for name, count in shares.items() if count > 0 or not task.workload.counted}
    if task.options.empty_workloads:
        counts = dict.fromkeys(chosen, 0) | counts
    return tuple(TargetCluster(name, count) for name, count in sorted(counts.items()))


def _by_policy_alone(task: Task, clusters: tuple[Cluster, ...], memo: Memo) -> tuple[TargetCluster, ...]:
    """The result of `_with_estimate` where no estimate is needed. `clusters` are sorted by name, and so are the targets."""
    workload, empty_workloads = task.workload, task.options.empty_workloads
    if not workload.counted:
        return memo(duplicate, clusters, 0)
    if strategy_of(task.placement) is Strategy.DUPLICATED:
        return memo(duplicate, clusters, workload.replicas) if workload.replicas or empty_workloads else ()
    weights = memo(static_weights, clusters, rules_of(task.placement))
    shares = winners_by_weight(workload.replicas, weights, workload.uid)
    if empty_workloads:
        return tuple(TargetCluster(cluster.name, shares.get(cluster.name, 0)) for cluster in clusters)
    return tuple(starmap(TargetCluster, shares.items()))


def _rejected(
    eligibility: Eligibility, chosen: Collection[ClusterName], targets: tuple[TargetCluster, ...], memo: Memo
) -> Mapping[ClusterName, str]:
    if len(targets) == len(eligibility.clusters):
        return eligibility.rejected
    return not_chosen(eligibility, chosen, (target.name for target in targets), memo)
