"""Choosing among the candidates by spread constraints (Karmada pkg/scheduler/core/spreadconstraint/select_clusters*.go).

Only constraints by region and by cluster choose. Those by provider and zone ask for the property (`filters.py`), and a policy
with nothing but these, or a label, cannot be scheduled: so says Karmada, and so do we.
"""

from __future__ import annotations

from reconciler.model.policy import Placement, SpreadConstraint
from reconciler.schedule.candidates import Candidate
from reconciler.schedule.outcome import SCHEDULER_ERROR, Refusal
from reconciler.schedule.regions import select_by_region
from reconciler.schedule.task import Task

Choice = tuple[Candidate, ...] | Refusal


def select(candidates: tuple[Candidate, ...], task: Task) -> Choice:
    """The candidates that take part, in their order."""
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
    """Whether spread constraints choose. Karmada looks past them where weights are static: where there is no preference at
    all, or a list without `dynamicWeight`. An empty preference is neither."""
    scheduling = placement.replica_scheduling
    if not placement.spread or scheduling is None or scheduling.type != "Divided" or scheduling.preference != "Weighted":
        return bool(placement.spread)
    return scheduling.weights is not None and (not scheduling.weights.static or bool(scheduling.weights.dynamic))


def select_by_cluster(candidates: tuple[Candidate, ...], constraint: SpreadConstraint, need: int | None) -> Choice:
    """The best `maxGroups` clusters, or why there are none. need: replicas that they must have room for; None: not asked.

    `maxGroups: 0` is no clusters; there is no default.
    """
    if len(candidates) < constraint.min_groups:
        return _refusal("the number of feasible clusters is less than spreadConstraint.MinGroups")
    count = max(0, min(len(candidates), constraint.max_groups))
    if need is None:
        return candidates[:count]
    return _with_room(candidates, count, need) or _refusal(f"no enough resource when selecting {count} clusters", lacks_room=True)


def _refusal(why: str, *, lacks_room: bool = False) -> Refusal:
    return Refusal(SCHEDULER_ERROR, f"failed to select clusters: {why}", lacks_room)


def _with_room(candidates: tuple[Candidate, ...], count: int, need: int) -> tuple[Candidate, ...]:
    """The first `count`; while their room is too little, from the last one back each gives way to the roomiest outside."""
    taken, others = list(candidates[:count]), list(candidates[count:])
    for place in range(count - 1, -1, -1):
        if _room(taken) >= need:
            break
        roomiest = max(others, key=lambda one: one.room, default=None)
        if roomiest is not None and roomiest.room > taken[place].room:
            others[others.index(roomiest)], taken[place] = taken[place], roomiest
    return tuple(taken) if _room(taken) >= need else ()


def _room(candidates: list[Candidate]) -> int:
    return sum(candidate.room for candidate in candidates)


def _need(task: Task) -> int | None:
    """Where every cluster gets the full number, nobody asks whether it fits."""
    if task.placement.duplicated:
        return None
    return 1 if task.in_sets else task.workload.replicas
