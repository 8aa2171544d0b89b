"""What one pass brings about for one template, given the new decision and the placement in force."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from reconciler.model.binding import Binding, TargetCluster, Unschedulable
from reconciler.model.eviction import EvictionPhase, EvictionTask, kept_copies
from reconciler.model.failover import PurgeMode
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import NO_REPORT, ObjectReport, RecordedDecision
from reconciler.model.settings import Settings, Unclaimed
from reconciler.transition.handover import hand_over
from reconciler.transition.last_good import keep_last_good


@dataclass(frozen=True, slots=True)
class Transition:
    """The placement that is in force for one template in this pass."""

    binding: Binding | None
    """None: no cluster is to hold the object."""
    message: str = ""
    """Why the newest decision is not in force; empty when it is."""
    leaving: Mapping[ClusterName, datetime] = field(default_factory=dict)
    """Clusters that hold more than was decided, and since when."""
    waits_for: tuple[str, ...] = ()
    """What has to happen before the decision is fully in force, one sentence each."""
    frozen: bool = False
    """Whether an error forbids a move that was decided."""


def transition_to(
    decision: Binding | Unschedulable | None,
    previous: RecordedDecision | None,
    settings: Settings,
    now: datetime,
    report: ObjectReport = NO_REPORT,
    *,
    break_first: bool = False,
    frozen_by: str = "",
    settled: bool = False,
) -> Transition:
    """The next step from the placement in force towards the decision.

    decision: None where no policy claims the template (or where the claiming policy waits for its override policies).
    previous, report: what was recorded of the object: its decision, with the evictions that begin now, and what the members
    reported.
    break_first: whether the object must not run twice. settled: act as if every handover had ended.
    frozen_by: a file with an error that governs the object. Whatever was decided, the object stays where it is.
    """
    fresh = _unfrozen(decision, previous, settings, now, report, break_first=break_first, settled=settled)
    if not frozen_by or previous is None:
        return fresh
    if _moves(fresh, previous):
        return Transition(previous.binding, f"nothing moves while {frozen_by} has an error", previous.leaving, frozen=True)
    return Transition(previous.binding, fresh.message)


def _moves(fresh: Transition, previous: RecordedDecision) -> bool:
    """Whether the transition would change what is in force. Where it would not, an error need not forbid it."""
    before, after = previous.binding, fresh.binding
    if previous.leaving or fresh.leaving:
        return True
    if after is None:
        return bool(before.targets)
    return (after.policy, after.targets) != (before.policy, before.targets)


def _unfrozen(
    decision: Binding | Unschedulable | None,
    previous: RecordedDecision | None,
    settings: Settings,
    now: datetime,
    report: ObjectReport,
    *,
    break_first: bool,
    settled: bool,
) -> Transition:
    """The next step where no file with an error forbids it."""
    if decision is None:
        return _unclaimed(previous, settings)
    if isinstance(decision, Unschedulable):
        binding, message = keep_last_good(decision, previous)
        return Transition(binding, message, previous.leaving if previous and binding else {})
    if settled:
        return Transition(decision)
    evictions = previous.evictions if previous is not None else ()
    under_way = [task for task in evictions if task.phase is EvictionPhase.EVICTING]
    break_first = break_first or any(task.purge_mode is PurgeMode.DIRECTLY for task in under_way)
    timeouts = {task.from_cluster: _timeout(task, settings, break_first=break_first) for task in under_way}
    kept = {task.from_cluster: task for task in kept_copies(evictions) if report.status_in(task.from_cluster) is not None}
    seen = (previous, report) if previous is None or not kept else _without(kept, previous, report)
    handover = hand_over(decision, *seen, now, settings.handover_timeout, break_first, timeouts)
    return _with_kept_copies(Transition(handover.binding, "", handover.leaving, handover.waits_for), kept)


def _timeout(task: EvictionTask, settings: Settings, *, break_first: bool) -> timedelta:
    if break_first:
        return settings.failover.gone_after
    return task.grace_period if task.grace_period is not None else settings.handover_timeout


def _without(
    names: Collection[ClusterName], previous: RecordedDecision, report: ObjectReport
) -> tuple[RecordedDecision, ObjectReport]:
    """What was in force, and what was reported, without the copies that purge mode Never keeps: nothing waits for them to go. So
    the new copy is made at once, also of what must not run twice (Karmada pkg/controllers/binding/binding_controller.go)."""
    targets = tuple(target for target in previous.binding.targets if target.name not in names)
    leaving = {name: since for name, since in previous.leaving.items() if name not in names}
    statuses = tuple(status for status in report.statuses if status.cluster not in names)
    known = replace(previous, binding=replace(previous.binding, targets=targets), leaving=leaving)
    return known, replace(report, statuses=statuses)


def _with_kept_copies(transition: Transition, kept: Mapping[ClusterName, EvictionTask]) -> Transition:
    """With the old copies that purge mode Never keeps, as far as they are there."""
    binding = transition.binding
    if binding is None or not kept:
        return transition
    targets = {target.name: target for target in binding.targets}
    targets |= {name: TargetCluster(name, task.replicas) for name, task in kept.items()}
    leaving = {**transition.leaving, **{name: task.since for name, task in kept.items()}}
    return replace(
        transition, binding=replace(binding, targets=tuple(sorted(targets.values()))), leaving=dict(sorted(leaving.items()))
    )


def _unclaimed(previous: RecordedDecision | None, settings: Settings) -> Transition:
    """The copies are kept or pruned as `spec.unclaimed` says; Karmada leaves them behind without a message.

    The message is still true in the next pass, when the copies are gone. So that pass has nothing new to record.
    """
    if settings.unclaimed is Unclaimed.PRUNE:
        return Transition(None, "no policy claims it; copies of it are pruned (spec.unclaimed: Prune)")
    if previous is None or not previous.binding.targets:
        return Transition(None, "no policy claims it")
    last = replace(previous.binding, policy=None, reasons=("no policy claims it any more; its copies are kept",))
    return Transition(last, "no policy claims it any more; its copies are kept (spec.unclaimed: Keep)")
