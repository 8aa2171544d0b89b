"""Selection among the candidates by spread constraints (Karmada pkg/scheduler/core/spreadconstraint/select_clusters*.go).

Only constraints by region and by cluster select. Constraints by provider and zone only require the property (`filters.py`). As in
Karmada, a policy that has only these, or a constraint by label, cannot be scheduled.
"""

from __future__ import annotations

from reconciler.model.policy import Placement, SpreadConstraint
from reconciler.schedule.candidates import Candidate
from reconciler.schedule.result import SCHEDULER_ERROR, Refusal
from reconciler.schedule.spread_by_region import select_by_region
from reconciler.schedule.task import Task

Selection = tuple[Candidate, ...] | Refusal


def select(candidates: tuple[Candidate, ...], task: Task) -> Selection:
    """The selected candidates, in their order, or why there are none."""
    placement = task.placement
    if not spreads(placement):
        return candidates
    by_field = {constraint.spread_by_field: constraint for constraint in placement.spread}
    per_cluster = by_field.get("cluster", SpreadConstraint())
    chosen: tuple[Candidate, ...] | Refusal | str
    if "region" in by_field:
        chosen = select_by_region(candidates, task, by_field["region"], per_cluster)
    elif "cluster" in by_field:
        chosen = select_by_cluster(candidates, per_cluster, _need(task))
    else:
        chosen = "just support cluster and region spread constraint"
    return _refusal(chosen) if isinstance(chosen, str) else chosen


def spreads(placement: Placement) -> bool:
    """Whether the placement's spread constraints select clusters.

    Karmada ignores them if weights are static: if there is no weightPreference, or a list without `dynamicWeight`. An empty
    weightPreference counts as neither.
    """
    scheduling = placement.replica_scheduling
    if not placement.spread or scheduling is None or scheduling.type != "Divided" or scheduling.preference != "Weighted":
        return bool(placement.spread)
    return scheduling.weights is not None and (not scheduling.weights.static or bool(scheduling.weights.dynamic))


def select_by_cluster(candidates: tuple[Candidate, ...], constraint: SpreadConstraint, need: int | None) -> Selection:
    """The best `maxGroups` clusters, or why there are none.

    need: the replicas that the clusters together must be able to take; None if that is not checked. `maxGroups: 0` means no
    clusters; there is no default.
    """
    if len(candidates) < constraint.min_groups:
        return _refusal("the number of feasible clusters is less than spreadConstraint.MinGroups")
    count = max(0, min(len(candidates), constraint.max_groups))
    if need is None:
        return candidates[:count]
    return _with_enough_replicas(candidates, count, need) or _refusal(
        f"no enough resource when selecting {count} clusters", lacks_capacity=True
    )


def _refusal(why: str, *, lacks_capacity: bool = False) -> Refusal:
    return Refusal(SCHEDULER_ERROR, f"failed to select clusters: {why}", lacks_capacity)


def _with_enough_replicas(candidates: tuple[Candidate, ...], count: int, need: int) -> tuple[Candidate, ...]:
    """The first `count` candidates. While they cannot take `need` replicas, each is replaced, from the last one to the first, by
    the other candidate with the most available replicas. Empty if that is not enough."""
    chosen, others = list(candidates[:count]), list(candidates[count:])
    for place in range(count - 1, -1, -1):
        if _available(chosen) >= need:
            break
        largest = max(others, key=lambda one: one.available_replicas, default=None)
        if largest is not None and largest.available_replicas > chosen[place].available_replicas:
            others[others.index(largest)], chosen[place] = chosen[place], largest
    return tuple(chosen) if _available(chosen) >= need else ()


def _available(candidates: list[Candidate]) -> int:
    return sum(candidate.available_replicas for candidate in candidates)


def _need(task: Task) -> int | None:
    """The replicas, or component sets, that the selected clusters must take; None if every cluster gets the full number."""
    if task.placement.duplicated:
        return None
    return 1 if task.counts_component_sets else task.workload.replicas
