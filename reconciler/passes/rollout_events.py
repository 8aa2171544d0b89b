"""What a pass made of rollouts, as events. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from reconciler.model.rollout import RecordedRollout, RolloutPhase
from reconciler.passes.events import RolloutMoved, RolloutStep


def rollout_events(before: Mapping[str, RecordedRollout], after: Mapping[str, RecordedRollout]) -> Iterator[RolloutMoved]:
    """By name of the rollout, in the order in which it happened. before, after: what is recorded before and after the pass."""
    for name, one in after.items():
        last = before.get(name)
        if last is not one:
            yield from _moved(last, one)


def _moved(last: RecordedRollout | None, one: RecordedRollout) -> Iterator[RolloutMoved]:
    is_same = last is not None and (last.target, last.started) == (one.target, one.started)
    if last is not None and not is_same and last.phase.is_active:
        yield RolloutMoved(last.name, last.target, RolloutStep.REPLACED, reason=f"by {one.target[:10]}")
    before = last if last is not None and is_same else replace(one, phase=RolloutPhase.PROGRESSING, progress={})
    moved = RolloutMoved(one.name, one.target, RolloutStep.BEGUN)
    if not is_same:
        yield moved
    if before.phase is RolloutPhase.FAILED and one.phase in (RolloutPhase.PROGRESSING, RolloutPhase.COMPLETED):
        yield replace(moved, step=RolloutStep.CONTINUED)
    yield from _changed_clusters(before, one, moved)
    for group in one.groups:
        new = tuple(name for name in group.clusters if name in one.progress)
        if new and not any(name in before.progress for name in group.clusters):
            yield replace(moved, step=RolloutStep.GROUP_BEGUN, group=group.name, clusters=new)
        for name in group.clusters:
            if (reason := one.failures.get(name, "")) and name not in before.failures:
                yield replace(moved, step=RolloutStep.CLUSTER_FAILED, group=group.name, clusters=(name,), reason=reason)
    if one.phase is not before.phase and one.phase in _ENDS:
        yield replace(moved, step=_ENDS[one.phase], reason=one.message)


def _changed_clusters(before: RecordedRollout, one: RecordedRollout, moved: RolloutMoved) -> Iterator[RolloutMoved]:
    known, now = set(before.clusters), set(one.clusters)
    for name in sorted(known - now):
        yield replace(moved, step=RolloutStep.CLUSTER_LEFT, clusters=(name,), reason="the rollout does not concern it any more")
    for name in sorted(now - known):
        what = "has the change from before" if name in before.progress else "waits for its turn"
        reason = f"it is in the last group and {what}"
        yield replace(moved, step=RolloutStep.CLUSTER_JOINED, group=one.groups[-1].name, clusters=(name,), reason=reason)


_ENDS = {
    RolloutPhase.FAILED: RolloutStep.STOPPED,
    RolloutPhase.COMPLETED: RolloutStep.COMPLETED,
    RolloutPhase.REVERTED: RolloutStep.TAKEN_BACK,
}
