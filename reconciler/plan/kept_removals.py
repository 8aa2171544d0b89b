"""A plan without some of its removals, and without those of what they need on the member."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.interpreter.precedence import Interpreter
from reconciler.model.changes import ChangeSet, Prune, Skip
from reconciler.model.keys import ResourceKey
from reconciler.plan.in_use import in_use


def without_removals(plan: ChangeSet, reasons: Mapping[ResourceKey, str], interpreter: Interpreter) -> ChangeSet:
    """The plan without the removals of these objects, of what they use, and of the Namespaces and definitions that hold them.

    reasons: why each of them stays, as a sentence.
    """
    prunes = {change.key: change for change in plan.changes if isinstance(change, Prune)}
    staying = {key: change.live for key, change in prunes.items() if key in reasons}
    if not staying:
        return plan
    kept = {key: reasons[key] for key in staying}
    kept |= in_use({key: change.live for key, change in prunes.items() if key not in staying}, staying, interpreter)
    kept = {key: reason for key, reason in kept.items() if reason}
    for key in prunes:
        held = next((one for one in plan.dependencies.get(key, ()) if one in kept), None)
        if held is not None:
            kept.setdefault(key, f"it still holds {held}")
    return plan.revised(
        Skip(change.key, f"not pruned: {kept[change.key]}", live=change.live)
        if isinstance(change, Prune) and change.key in kept
        else change
        for change in plan.changes
    )
