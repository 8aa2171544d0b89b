"""Make before break: an old copy goes, or a share shrinks, once the new one is Current, or after a time-out.

Workloads that cannot run twice (StatefulSets, Jobs, holders of a ReadWriteOnce claim) break first: the new copy waits until
the old one is gone. Each pass moves one step; what is in force meanwhile is recorded, so a killed process goes on where it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from reconciler.model.binding import Binding, TargetCluster
from reconciler.model.health import HealthStatus
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import ObjectReport, RecordedDecision


@dataclass(frozen=True, slots=True)
class Handover:
    """The placement to bring about in this pass, and what it waits for."""

    binding: Binding
    leaving: Mapping[ClusterName, datetime] = field(default_factory=dict)
    """Clusters that hold more than was decided, and since when."""
    waits_for: tuple[str, ...] = ()
    """What has to happen before the decision is in force, a sentence each."""


def hand_over(
    decision: Binding,
    previous: RecordedDecision | None,
    report: ObjectReport,
    now: datetime,
    timeout: timedelta,
    break_first: bool,
) -> Handover:
    """The next step from the placement in force (`previous`, as its members reported in `report`) to `decision`."""
    if previous is None:
        return Handover(decision)
    decided = {target.name: target.replicas for target in decision.targets}
    in_force = {target.name: target.replicas for target in previous.binding.targets}
    giving = {name for name, count in in_force.items() if name not in decided or decided[name] < count}
    gaining = {name for name, count in decided.items() if name not in in_force or in_force[name] < count}
    if break_first:
        return _break_then_make(decision, previous, report, in_force, giving, gaining, now, timeout)
    current = _current_on(report)
    # Whether a copy that runs stays whatever happens, or there is none to lose.
    runs_on = not current.isdisjoint(decided) or current.isdisjoint(in_force)
    lacking = gaining | (decided.keys() - current)
    awaited = sorted(lacking - giving if runs_on else lacking)
    if not giving or not awaited:
        return Handover(decision)
    if runs_on and not gaining and not previous.leaving:
        return Handover(decision)  # Clusters were taken away on purpose; nothing is to replace them.
    leaving = {name: previous.leaving.get(name, now) for name in sorted(giving)}
    due = [name for name, since in leaving.items() if now - since >= timeout]
    held = {name: in_force[name] for name in giving if name not in due}
    if not held:
        return Handover(decision)
    binding = _with_targets(decision, decided | held)
    waits = tuple(f"{name} keeps its copy until {', '.join(awaited)} {_is(awaited)} Current" for name in sorted(held))
    return Handover(binding, {name: leaving[name] for name in sorted(held)}, waits)


def _current_on(report: ObjectReport) -> set[ClusterName]:
    """The clusters whose copy is applied and Current."""
    return {status.cluster for status in report.statuses if status.applied and status.health.status is HealthStatus.CURRENT}


def _break_then_make(
    decision: Binding,
    previous: RecordedDecision,
    report: ObjectReport,
    in_force: Mapping[ClusterName, int],
    giving: set[ClusterName],
    gaining: set[ClusterName],
    now: datetime,
    timeout: timedelta,
) -> Handover:
    decided = {target.name: target.replicas for target in decision.targets}
    # A copy that could not be deleted still has a status; a share may take its time to shrink. The new one waits for both.
    shrinking = previous.leaving.keys() - _current_on(report)
    lingering = {status.cluster for status in report.statuses if status.cluster not in decided or status.cluster in shrinking}
    old = sorted(giving | lingering)
    if not old or not gaining:
        return Handover(decision)
    leaving = {name: previous.leaving.get(name, now) for name in old}
    if all(now - since >= timeout for since in leaving.values()):
        return Handover(decision)
    step = {name: min(count, in_force[name]) for name, count in decided.items() if name in in_force}
    waits = tuple(f"{name} waits until the copy on {', '.join(old)} is gone" for name in sorted(gaining))
    return Handover(_with_targets(decision, step), leaving, waits)


def _with_targets(decision: Binding, targets: Mapping[ClusterName, int]) -> Binding:
    return replace(decision, targets=tuple(TargetCluster(name, count) for name, count in sorted(targets.items())))


def _is(names: list[ClusterName]) -> str:
    return "is" if len(names) == 1 else "are"
