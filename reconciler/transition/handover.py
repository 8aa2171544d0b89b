"""Make before break: an old copy goes, or a share shrinks, when the new copy is Current, or after a time-out.

The time-out is for a new copy that was written and does not become Current. A new copy that is not written keeps the old one for
as long as it takes: it cannot be rendered, its member refuses it or does not answer, an object that is not ours is in the way, or
its policy suspends it.

Workloads that must not run twice (StatefulSets, Jobs, holders of a ReadWriteOnce claim) break first: the new copy waits until
the old one is gone. The time-out helps only where nobody can see the old copy, or where it is being deleted and does not go: a
copy that nobody deleted yet runs. Each pass makes one step. The placement in force is recorded after each step, so after a crash
the next process continues from there.

A decided copy need not exist: its policy was suspended, its writes were refused, or somebody deleted it. So a move starts from
the copies that the members reported. A cluster without a report of the object has no copy to keep, and nothing waits for it.
(`plan/plan_cluster.py` creates no copy where the object leaves, in case the copy disappeared after the last report.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from reconciler.model.binding import Binding, TargetCluster
from reconciler.model.health import HealthStatus
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import ObjectReport, RecordedDecision

NOTHING_EVICTED: Mapping[ClusterName, timedelta] = {}


@dataclass(frozen=True, slots=True)
class Handover:
    """The placement to bring about in this pass, and what it waits for."""

    binding: Binding
    leaving: Mapping[ClusterName, datetime] = field(default_factory=dict)
    """Clusters that hold more than was decided, and since when."""
    waits_for: tuple[str, ...] = ()
    """What has to happen before the decision is fully in force, one sentence each."""


def hand_over(
    decision: Binding,
    previous: RecordedDecision | None,
    report: ObjectReport,
    now: datetime,
    timeout: timedelta,
    break_first: bool,
    evicted: Mapping[ClusterName, timedelta] = NOTHING_EVICTED,
) -> Handover:
    """The next step from the placement in force (`previous`, as the members reported it in `report`) to `decision`.

    evicted: clusters that the object leaves because something failed there, and the time-out of each.
    """
    if previous is None:
        return Handover(decision)
    shares = _Shares(_shares(decision), _shares_there(previous.binding, report))
    if break_first:
        return _break_then_make(decision, previous, report, shares, now, lambda name: evicted.get(name, timeout))
    current = _current_on(report)
    # Whether a running copy stays in any case, or there is no running copy to lose.
    runs_on = not current.isdisjoint(shares.decided) or current.isdisjoint(shares.in_force)
    lacking = shares.gaining | (shares.decided.keys() - current)
    awaited = sorted(lacking - shares.losing if runs_on else lacking)
    if not shares.losing or not awaited:
        return Handover(decision)
    if runs_on and not shares.gaining and not previous.leaving and shares.losing.isdisjoint(evicted):
        return Handover(decision)  # Clusters were removed on purpose, and no cluster replaces them.
    leaving = {name: previous.leaving.get(name, now) for name in sorted(shares.losing)}
    unwritten = not _unwritten(report).isdisjoint(awaited)
    staying = {name: since for name, since in leaving.items() if unwritten or now - since < evicted.get(name, timeout)}
    if not staying:
        return Handover(decision)
    binding = _with_targets(decision, {**shares.decided, **{name: shares.in_force[name] for name in staying}})
    waits = tuple(f"{name} keeps its copy until {', '.join(awaited)} {_is(awaited)} Current" for name in staying)
    return Handover(binding, staying, waits)


@dataclass(frozen=True, slots=True)
class _Shares:
    """Replicas by cluster, before and after."""

    decided: Mapping[ClusterName, int]
    in_force: Mapping[ClusterName, int]
    """Without clusters that reported no copy."""

    @property
    def losing(self) -> set[ClusterName]:
        """Clusters that hold more than was decided."""
        return {name for name, count in self.in_force.items() if name not in self.decided or self.decided[name] < count}

    @property
    def gaining(self) -> set[ClusterName]:
        """Clusters that hold less than was decided."""
        return {name for name, count in self.decided.items() if name not in self.in_force or self.in_force[name] < count}


def _shares(binding: Binding) -> dict[ClusterName, int]:
    return {target.name: target.replicas for target in binding.targets}


def _shares_there(binding: Binding, report: ObjectReport) -> dict[ClusterName, int]:
    """The shares of the clusters that may have a copy. Where there is no report at all, because the state was rebuilt or nothing
    was synced yet, every target counts."""
    reporting = _reporting(report)
    is_reported = bool(report.clusters)
    return {name: count for name, count in _shares(binding).items() if not is_reported or name in reporting}


def _current_on(report: ObjectReport) -> set[ClusterName]:
    """The clusters whose copy is applied and Current."""
    return report.clusters_where(lambda status: status.applied and status.health.status is HealthStatus.CURRENT)


def _unwritten(report: ObjectReport) -> set[ClusterName]:
    """The clusters on which the copy could not be written as decided."""
    return report.clusters_where(lambda status: not status.applied)


def _reporting(report: ObjectReport) -> set[ClusterName]:
    """The clusters that have a copy, or may have one: they could not be read, or they refused the last write."""
    return report.clusters_where(lambda status: status.health.status is not HealthStatus.NOT_FOUND)


def _running(report: ObjectReport) -> set[ClusterName]:
    """The clusters that showed a copy which nobody was deleting, when they were last asked."""
    others = (HealthStatus.NOT_FOUND, HealthStatus.UNKNOWN, HealthStatus.TERMINATING)
    return report.clusters_where(lambda status: status.health.status not in others)


def _break_then_make(
    decision: Binding,
    previous: RecordedDecision,
    report: ObjectReport,
    shares: _Shares,
    now: datetime,
    timeout_of: Callable[[ClusterName], timedelta],
) -> Handover:
    # A copy whose deletion failed still has a status, and a share may shrink slowly. The new copy waits for both, but not for a
    # copy on its own cluster: the decision came back to it before it was gone.
    shrinking = previous.leaving.keys() - _current_on(report) - shares.gaining
    lingering = {name for name in _reporting(report) if name not in shares.decided or name in shrinking}
    old = sorted(shares.losing | lingering)
    if not old or not shares.gaining:
        return Handover(decision)
    leaving = {name: previous.leaving.get(name, now) for name in old}
    running = _running(report) & leaving.keys() - shares.decided.keys()
    if not running and all(now - since >= timeout_of(name) for name, since in leaving.items()):
        return Handover(decision)
    targets = {name: min(count, shares.in_force[name]) for name, count in shares.decided.items() if name in shares.in_force}
    waits = tuple(f"{name} waits until the copy on {', '.join(old)} is gone" for name in sorted(shares.gaining))
    return Handover(_with_targets(decision, targets), leaving, waits)


def _with_targets(decision: Binding, targets: Mapping[ClusterName, int]) -> Binding:
    return replace(decision, targets=tuple(TargetCluster(name, count) for name, count in sorted(targets.items())))


def _is(names: list[ClusterName]) -> str:
    return "is" if len(names) == 1 else "are"
