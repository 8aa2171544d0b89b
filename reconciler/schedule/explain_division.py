"""The arithmetic of a decision in sentences: the ranking, the weights, and who got the last replica and why.

This module decides nothing. It repeats the steps of `algorithm.py` for one workload when a user asks for an explanation, so that
a pass does not spend time on sentences.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.model.memo import Memo
from reconciler.model.policy import AffinityTerm, Placement, SpreadConstraint
from reconciler.model.weighted_division import divide_by_weight, last_seat
from reconciler.model.wording import plural
from reconciler.schedule.affinity_terms import has_levels
from reconciler.schedule.algorithm import filter_clusters, needs_estimate
from reconciler.schedule.candidates import Candidate, rank
from reconciler.schedule.division import Strategy, allocatable, parts_of_levels, rules_of, static_weights, strategy_of
from reconciler.schedule.dynamic import Scaling, next_scaling, weights_that_count
from reconciler.schedule.estimator import UNBOUNDED, amounts_of, free_resources
from reconciler.schedule.explain_estimate import explain_estimate
from reconciler.schedule.reschedule import reschedule_reason
from reconciler.schedule.result import Refusal
from reconciler.schedule.spread_by_region import regions_of
from reconciler.schedule.spread_constraints import select, spreads
from reconciler.schedule.task import Task


def explain_division(task: Task, clusters: tuple[Cluster, ...], term: AffinityTerm | None, memo: Memo) -> tuple[str, ...]:
    """Sentences in the order of the steps; empty if no cluster is eligible."""
    eligible = filter_clusters(task, clusters, term, memo).clusters
    if not eligible:
        return ()
    if not needs_estimate(task, term):
        sentences = _by_policy_alone(task, eligible)
    else:
        sentences = _with_estimate(rank(eligible, task, term, memo), task, term)
    if task.workload.counted and not reschedule_reason(task, clusters, memo):
        return (
            "nothing changed, so the recorded division stays; after a rebalance, it would be made like this:",
            *sentences,
        )
    return tuple(sentences)


def _by_policy_alone(task: Task, clusters: tuple[Cluster, ...]) -> Iterator[str]:
    workload = task.workload
    if not workload.counted:
        yield "it has no number of replicas, or 0 and no requests: each of these clusters gets the object"
    elif strategy_of(task.placement) is Strategy.DUPLICATED:
        yield f"each of these clusters gets the full number, {workload.replicas}"
    else:
        yield from _by_static_weights(clusters, task, workload.replicas)


def _with_estimate(candidates: tuple[Candidate, ...], task: Task, term: AffinityTerm | None) -> Iterator[str]:
    for place, candidate in enumerate(candidates, start=1):
        yield f"{place}. {candidate.name}: {_rank_of(candidate, term, _room_for(candidate, task))}"
    chosen = select(candidates, task)
    if spreads(task.placement):
        yield from _by_spread(candidates, chosen, task)
    if isinstance(chosen, Refusal) or not chosen or not task.workload.counted:
        return
    if has_levels(term) and task.placement.affinity is None:
        yield from _level_by_level(chosen, task)
    else:
        yield from _divided(chosen, task, task.workload.replicas)


def _rank_of(candidate: Candidate, term: AffinityTerm | None, room: str) -> str:
    parts = [f"overflow level {candidate.level}"] if has_levels(term) else []
    parts += [f"has {candidate.assigned_replicas} already"] if candidate.score else []
    if candidate.allocatable_replicas == UNBOUNDED:
        parts.append("available replicas are not estimated")
    elif candidate.cluster.capacity is None:
        parts.append("its capacity is unknown, which counts as none")
    else:
        parts.append(f"can take {candidate.allocatable_replicas} more{room}")
    return ", ".join(parts)


def _room_for(candidate: Candidate, task: Task) -> str:
    """How the estimate of its replicas came about, in brackets; empty where there is nothing to say."""
    workload, cluster = task.workload, candidate.cluster
    if cluster.capacity is None:
        return ""
    if task.counts_component_sets:
        return " whole sets of its components"
    needs = amounts_of(workload.requirements) if workload.requirements is not None else {}
    free = task.taken[cluster.name] if cluster.name in task.taken else free_resources(cluster.capacity)
    return f" ({explain_estimate(free, needs, is_taken=cluster.name in task.taken)})"


def _by_spread(candidates: tuple[Candidate, ...], chosen: tuple[Candidate, ...] | Refusal, task: Task) -> Iterator[str]:
    constraints = {constraint.spread_by_field: constraint for constraint in task.placement.spread}
    for constraint in task.placement.spread:
        yield f"spread by {constraint.spread_by_field or constraint.spread_by_label}: {_bounds(constraint)}"
    if "region" in constraints:
        by_cluster = constraints.get("cluster", SpreadConstraint())
        for region in regions_of(candidates, task, constraints["region"], by_cluster):
            yield f"region {region.name}: weight {region.weight}, {_names(region.clusters)}"
    yield chosen.message if isinstance(chosen, Refusal) else f"selected: {_names(chosen) or 'none'}"


def _bounds(constraint: SpreadConstraint) -> str:
    return f"at least {constraint.min_groups}, at most {constraint.max_groups}"


def _level_by_level(candidates: Sequence[Candidate], task: Task) -> Iterator[str]:
    parts, left = parts_of_levels(candidates, task.workload.replicas)
    for members, part in parts:
        available = sum(one.available_replicas for one in members)
        yield f"level {members[0].level} ({_names(members)}) takes {part} of {available} available"
        if part > 0:
            yield from _divided(members, task, part)
    if left > 0:
        yield f"replicas that fit nowhere: {left}"


def _divided(candidates: Sequence[Candidate], task: Task, replicas: int) -> Iterator[str]:
    strategy = strategy_of(task.placement)
    if strategy is Strategy.DUPLICATED:
        yield f"each of these clusters gets the full number, {replicas}"
    elif strategy is Strategy.STATIC:
        yield from _by_static_weights(tuple(candidate.cluster for candidate in candidates), task, replicas)
    elif strategy.needs_estimate:
        yield from _by_scaling(next_scaling(allocatable(candidates), task, replicas), task, strategy is Strategy.AGGREGATED)


def _by_static_weights(clusters: tuple[Cluster, ...], task: Task, replicas: int) -> Iterator[str]:
    weights = static_weights(clusters, rules_of(task.placement))
    sources = {cluster.name: _source(cluster, task.placement) for cluster in clusters}
    yield f"{plural(replicas, 'replica')} divided by weight (the weights sum to {sum(weights.values())})"
    yield from _divided_by_weight(replicas, weights, task.workload.uid, sources)
    for name in sorted(sources.keys() - weights.keys()):
        yield f"{name}: no weight matches it, although some match other clusters"


def _source(cluster: Cluster, placement: Placement) -> str:
    """Which item of the policy's list gives the cluster its weight."""
    rules = [(rule.weight, -place) for place, rule in enumerate(rules_of(placement)) if rule.target.matches(cluster)]
    return f"staticWeightList[{-max(rules)[1]}]" if rules else "no weight matches"


def _by_scaling(scaling: Scaling, task: Task, aggregated: bool) -> Iterator[str]:
    if not scaling.name:
        yield f"its {sum(scaling.current.values())} replicas are in place already: nothing is divided"
        return
    available = sum(scaling.weights.values())
    if scaling.name == "scale down":
        yield f"down to {scaling.replicas} from {available}, in proportion to what each cluster has"
    else:
        more = "more " * bool(scaling.current)
        yield f"{scaling.replicas} {more}replicas divided by available replicas (the clusters can take {available})"
    if available < scaling.replicas:
        return
    weights = weights_that_count(scaling, aggregated)
    if aggregated:
        yield f"the fewest clusters that are enough: {', '.join(sorted(weights))}"
    yield from _divided_by_weight(scaling.replicas, weights, task.workload.uid, {}, scaling.current)


def _divided_by_weight(
    replicas: int,
    weights: Mapping[ClusterName, int],
    uid: str,
    sources: Mapping[ClusterName, str],
    current: Mapping[ClusterName, int] | None = None,
) -> Iterator[str]:
    shares, total = divide_by_weight(replicas, weights, uid), sum(weights.values())
    for name, share in shares.items():
        exact = f"{replicas} × {weights[name]}/{total} = {replicas * weights[name] / total:.2f}" if total else "no weight"
        source = f" ({sources[name]})" if name in sources else ""
        more = f", on top of {current[name]}" if current and current.get(name) else ""
        yield f"{name}: {exact}, gets {share}{more}{source}"
    is_exact = all(replicas * weights[name] == share * total for name, share in shares.items())
    seat = None if is_exact else last_seat(shares, weights, uid)
    if seat is not None:
        claims = [f"{name} has {claim:.4g}" for name, claim in zip((seat.winner, seat.rival), seat.quotients, strict=True)]
        formula = "weight / (2·replicas + 1)"
        yield f"the last replica goes to {seat.winner}, not to {seat.rival}: {' and '.join(claims)} ({formula}); {seat.reason}"


def _names(candidates: Iterable[Candidate]) -> str:
    return ", ".join(candidate.name for candidate in candidates)
