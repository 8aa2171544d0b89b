"""What would be evicted, and when, if members were lost or tainted for a while. Pure, offline.

The clock steps from timer to timer: thresholds of health, tolerations, cool-downs. At each step the revision is decided as a pass
would decide it, from what the step before has recorded, until nothing more changes. Two things are assumed: a new copy is Current
at once, and a lost member shows what it showed last. So the limits of the storm guard let one group of objects follow the other
without a pause.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from reconciler.model.binding import TargetCluster
from reconciler.model.cluster import NO_EXECUTE, Cluster, Taint
from reconciler.model.condition import whole_seconds
from reconciler.model.desired import DesiredState
from reconciler.model.eviction import EvictionTask
from reconciler.model.failover import FailoverMode
from reconciler.model.health import Health, HealthStatus
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.recorded import ClusterStatus, ObjectReport, RecordedCluster, RecordedDecision, RecordedState
from reconciler.observe.member_health import CLUSTER_READY, NOT_REACHABLE, STATUS_UNKNOWN, due_at
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.process.client import CompilerClient
from reconciler.record.clusters import with_readiness
from reconciler.record.next_state import assume_applied


@dataclass(frozen=True, slots=True)
class Incident:
    """What happens to members at the beginning, and lasts."""

    lost: frozenset[str] = frozenset()
    """Members that do not answer any more."""
    taints: Mapping[str, tuple[Taint, ...]] = field(default_factory=dict)
    """By member: taints in addition to those of its Cluster file."""

    @property
    def members(self) -> frozenset[str]:
        return self.lost | self.taints.keys()


@dataclass(frozen=True, slots=True)
class Move:
    """One object leaves one member."""

    after: timedelta
    """Since the beginning."""
    key: ResourceKey
    task: EvictionTask
    before: tuple[TargetCluster, ...]
    """Where the object was."""
    targets: tuple[TargetCluster, ...]
    """Where it is then."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """What happens within a time."""

    duration: timedelta
    mode: FailoverMode
    """That of the Configuration. The moves are those of `auto`, whatever it is."""
    moves: tuple[Move, ...] = ()
    """In the order in which they begin."""
    waiting: Mapping[ResourceKey, tuple[str, ...]] = field(default_factory=dict)
    """Objects that are to leave one of the members and are there at the end, and what they wait for, in sentences."""
    staying: Mapping[ResourceKey, tuple[ClusterName, ...]] = field(default_factory=dict)
    """Other objects that are on one of the members at the end: nothing evicts them."""
    untainted: tuple[ClusterName, ...] = ()
    """Members of the incident that have no NoExecute taint at the end, so that nothing is evicted from them."""


async def simulate_time(
    desired: DesiredState,
    recorded: RecordedState,
    incident: Incident,
    duration: timedelta,
    compiler: CompilerClient,
    now: datetime,
) -> Timeline:
    """What happens from now on until `duration` is over, as if `failover.mode` of the Configuration were auto."""
    begin, mode = whole_seconds(now), desired.settings.failover.mode
    steps = _Steps(_evicting(desired), compiler, frozenset(), recorded)
    await steps.run_at(begin)
    steps = _Steps(_with_taints(steps.desired, incident, begin), compiler, incident.lost, steps.state)
    moves: list[Move] = []
    at: datetime | None = begin
    while at is not None and at <= begin + duration:
        moves += [replace(move, after=at - begin) for move in await steps.run_at(at)]
        at = steps.next_after(at)
    return _timeline(Timeline(duration, mode, tuple(moves)), steps, incident)


class _Steps:
    """The state that goes from step to step."""

    def __init__(self, desired: DesiredState, compiler: CompilerClient, lost: Collection[str], recorded: RecordedState) -> None:
        self.desired, self.state = desired, recorded
        self.compiled: Compiled | None = None
        """Of the last round."""
        self._compiler, self._lost = compiler, lost

    async def run_at(self, now: datetime) -> list[Move]:
        """Rounds at one moment, until nothing more changes. The moves that begin."""
        moves: list[Move] = []
        for _ in range(len(self.desired.templates) + _FEWEST_ROUNDS):
            before = replace(self.state, clusters=dict(self._observed(now)))
            self.compiled = await self._compiler.compile(self.desired, before, now)
            self.state = _as_reported(assume_applied(self.compiled), before, self._lost)
            moves += _begun(before, self.state)
            if (self.state.decisions, self.state.clusters) == (before.decisions, before.clusters):
                break
        return moves

    def next_after(self, now: datetime) -> datetime | None:
        """When time alone can change something next. Of members that are not lost nothing new is observed."""
        settings = self.desired.settings.failover
        found = [
            due_at(one.readiness, one.pending_since, settings.failure_threshold, settings.success_threshold)
            for name, one in self.state.clusters.items()
            if name in self._lost
        ]
        found.append(self.compiled.evictions.due if self.compiled is not None else None)
        # An unhealthy application leaves after its time, not at it: Deadline.is_due.
        moments = [moment if moment > now else now + timedelta(seconds=1) for moment in found if moment is not None]
        return min(moments, default=None)

    def _observed(self, now: datetime) -> Iterator[tuple[ClusterName, RecordedCluster]]:
        for cluster in self.desired.clusters:
            last = self.state.clusters.get(cluster.name, RecordedCluster(cluster.name, cluster.origin.file, read=False))
            reason = _reason(cluster, last, self._lost)
            yield cluster.name, with_readiness(last, reason, now, self.desired.settings.failover)


_FEWEST_ROUNDS = 10
"""More than the rounds of a single move: tainted, evicted, placed, gone."""


def _reason(cluster: Cluster, last: RecordedCluster, lost: Collection[str]) -> str:
    """What a pass would observe; empty for nothing new."""
    if cluster.name in lost:
        return STATUS_UNKNOWN if cluster.is_pulled else NOT_REACHABLE
    return CLUSTER_READY if last.readiness is None else ""


def _evicting(desired: DesiredState) -> DesiredState:
    settings = desired.settings
    return replace(desired, settings=replace(settings, failover=replace(settings.failover, mode=FailoverMode.AUTO)))


def _with_taints(desired: DesiredState, incident: Incident, begin: datetime) -> DesiredState:
    clusters = (replace(one, taints=(*one.taints, *_dated(incident.taints.get(one.name, ()), begin))) for one in desired.clusters)
    return replace(desired, clusters=tuple(clusters)) if incident.taints else desired


def _dated(taints: Iterable[Taint], begin: datetime) -> Iterator[Taint]:
    return (replace(one, time_added=begin) if one.effect == NO_EXECUTE else one for one in taints)


def _as_reported(state: RecordedState, before: RecordedState, lost: Collection[str]) -> RecordedState:
    """With reports of copies that are Current where they should be, and of those that lost members still have."""
    reports = {}
    for key, decision in state.decisions.items():
        old = {one.cluster: one for one in before.report_of(key).statuses if one.cluster in lost}
        new = {name: ClusterStatus(name, True, _CURRENT) for name in decision.cluster_names if name not in lost}
        statuses = {**new, **old}
        reports[key] = ObjectReport(tuple(statuses[name] for name in sorted(statuses)))
    return replace(state, reports=reports)


_CURRENT = Health(HealthStatus.CURRENT)


def _begun(before: RecordedState, after: RecordedState) -> Iterator[Move]:
    for key, decision in after.decisions.items():
        last = before.decisions.get(key)
        known = {(task.from_cluster, task.since) for task in last.evictions} if last is not None else set()
        for task in decision.evictions:
            if last is not None and (task.from_cluster, task.since) not in known:
                yield Move(timedelta(), key, task, _decided(last), _decided(decision))


def _decided(decision: RecordedDecision) -> tuple[TargetCluster, ...]:
    return decision.binding.targets if decision.decided is None else decision.decided


def _timeline(found: Timeline, steps: _Steps, incident: Incident) -> Timeline:
    waiting: dict[ResourceKey, tuple[str, ...]] = {}
    staying: dict[ResourceKey, tuple[ClusterName, ...]] = {}
    compiled = steps.compiled
    if compiled is None:
        return found
    for key, decision in sorted(steps.state.decisions.items()):
        there = tuple(target.name for target in _decided(decision) if target.name in incident.members)
        waits = compiled.evictions.of(key).waits
        if there and waits:
            waiting[key] = waits
        elif there and decision.binding.policy is not None:  # A Namespace goes to every member.
            staying[key] = there
    tainted = {one.name for one in compiled.desired.clusters if any(taint.effect == NO_EXECUTE for taint in one.taints)}
    untainted = tuple(sorted(ClusterName(name) for name in incident.members - tainted))
    return replace(found, waiting=waiting, staying=staying, untainted=untainted)
