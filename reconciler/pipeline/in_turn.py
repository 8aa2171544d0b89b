"""The decision about an object of a rollout, as far as the rollout has come, and what the rest waits for."""

from __future__ import annotations

from reconciler.model.binding import Binding, Unschedulable
from reconciler.pipeline.evict import Eviction
from reconciler.pipeline.staged import Staged
from reconciler.transition.rollout_turns import turns_text, with_reason
from reconciler.transition.staged_placement import staged_placement


def in_turn(
    scheduling: Binding | Unschedulable | None, staged: Staged | None, eviction: Eviction
) -> Binding | Unschedulable | None:
    """The decision, as far as the rollout has come."""
    if staged is None or scheduling is None:
        return scheduling
    policy = scheduling.policy
    if staged.gone:
        scheduling = Binding(scheduling.key, policy, ())
    if isinstance(scheduling, Unschedulable):
        return scheduling
    moves = any(task.is_moving for task in eviction.tasks)
    return staged_placement(scheduling, staged.before, staged.pending, moves_at_once=moves)


def turns(scheduling: Binding, staged: Staged) -> tuple[str, ...]:
    """What an object waits for while clusters keep what they had."""
    before = {target.name for target in staged.before}
    names = sorted(staged.pending & (before | set(scheduling.cluster_names)))
    return (with_reason(turns_text(staged.rollout, names), staged.rollout),) if names else ()
