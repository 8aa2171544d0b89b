"""Which removals of a plan wait for other ones, so that removal runs backwards: what depends on an object goes first.

What is to be removed says so itself, by the annotations that it was written with: Git does not have it any more. What stays keeps
what it depends on.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.interpreter.precedence import Interpreter
from reconciler.model.changes import Change, ChangeSet, Prune, Release, Skip, Standing, Wait
from reconciler.model.dependency_graph import layers
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import Manifest, is_terminating
from reconciler.model.ordering import Dependency
from reconciler.model.wording import first_few
from reconciler.plan.kept_removals import without_removals
from reconciler.plan.member_order import MemberOrder, removal_order


def with_removals_in_order(plan: ChangeSet, order: MemberOrder, interpreter: Interpreter) -> ChangeSet:
    """The plan with a `Skip` in place of each removal whose turn has not come, or that a wanted object still depends on."""
    removed = {change.key: change for change in plan.remarkable if isinstance(change, Prune | Release)}
    if not removed:
        return plan
    plan = without_removals(plan, _needed(removed, order), interpreter)
    leaving = {change.key: live for change in plan.remarkable if (live := _leaving(change)) is not None}
    first = removal_order(leaving)
    if not first:
        return plan
    free = {key for layer in layers(sorted(leaving), first) for key in layer}  # What waits in a circle waits for nothing.
    waiting = {key: others for key, others in first.items() if key in free}
    kept = {change.key for change in plan.remarkable if isinstance(change, Skip) and change.kept}
    return _with_containers(plan.revised(_in_turn(change, waiting.get(change.key, ()), kept) for change in plan.changes))


def _needed(removed: Mapping[ResourceKey, Change], order: MemberOrder) -> dict[ResourceKey, str]:
    found: dict[ResourceKey, str] = {}
    for key, dependencies in sorted(order.declared.items()):
        for one in dependencies:
            if not one.cluster and one.key in removed:
                found.setdefault(one.key, f"{key}, which stays here, depends on it")
    return found


def _leaving(change: Change) -> Manifest | None:
    """What goes from the member, or stays although it is not wanted; None for anything else."""
    if isinstance(change, Prune | Release):
        return change.live
    if isinstance(change, Skip) and change.desired is None and change.live is not None:
        return change.live if change.kept or is_terminating(change.live) else None
    return None


def _in_turn(change: Change, others: tuple[ResourceKey, ...], kept: set[ResourceKey]) -> Change:
    if not others or not isinstance(change, Prune | Release):
        return change
    waits = tuple(Wait(Dependency(key), Standing.STAYS) for key in others)
    stays = all(key in kept for key in others)
    reason = f"not {change.action.past}: {first_few(others, 2)}, which goes before it, is still there"
    return Skip(change.key, reason, live=change.live, kept=stays, waits=waits, pending=not stays)


def _with_containers(plan: ChangeSet) -> ChangeSet:
    """A Namespace or a definition goes after what it holds."""
    waiting = {change.key for change in plan.remarkable if isinstance(change, Skip) and change.waits}

    def revise(change: Change) -> Change:
        held = [key for key in plan.dependencies.get(change.key, ()) if key in waiting] if isinstance(change, Prune) else []
        if not held or not isinstance(change, Prune):
            return change
        waits = tuple(Wait(Dependency(key), Standing.STAYS) for key in held)
        return Skip(change.key, f"not pruned: it still holds {first_few(held, 2)}", live=change.live, waits=waits, pending=True)

    return plan.revised(map(revise, plan.changes))
