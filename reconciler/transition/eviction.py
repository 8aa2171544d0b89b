"""When an object leaves a member that fails, and how its evictions go on. Pure: the decision table of a failover.

| What is observed | The object |
|---|---|
| a NoExecute taint that the policy does not tolerate (any more) | is evicted (`failover.cluster`) |
| unhealthy for longer than `failover.application` allows | is evicted |
| Evicting, and every new copy is Current, or the time for it is over | is Evicted: the old copy goes |
| Evicting with purge mode Never | is Evicted, and the old copy stays until the policy has another purge mode |
| Evicted, and `failback.whenHealthyFor` is over | is Returning: the earlier placement counts again |
| Evicted, the old copy is gone, and `coolDown` is over | is as if it had never been evicted |
| Returning, and every copy is Current | is as if it had never been evicted |

Who may be evicted at the same time is decided in `eviction_guard.py`; whether there is another place, by scheduling.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from reconciler.model.binding import TargetCluster
from reconciler.model.cluster import Taint
from reconciler.model.condition import Condition, whole_seconds
from reconciler.model.eviction import (
    APPLICATION_FAILOVER,
    APPLICATION_FAILURE,
    TAINT_MANAGER,
    TAINT_UNTOLERATED,
    EvictionPhase,
    EvictionTask,
    kept_copies,
)
from reconciler.model.failover import NO_FAILOVER, Failover, FailoverSettings, PurgeMode
from reconciler.model.health import HealthStatus
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import ObjectReport, RecordedDecision

NO_LABELS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Deadline:
    """Until when an object may stay on a member, and why it has to go then."""

    cluster: ClusterName
    at: datetime | None
    """None: now."""
    reason: str
    """TaintUntolerated or ApplicationFailure."""
    cause: str
    """As a clause."""
    since: datetime | None = None
    """Since when it fails; None where that is not known."""

    def is_due(self, now: datetime) -> bool:
        """As in Karmada, a toleration of a taint is over at its end, that of an unhealthy application after it."""
        if self.at is None:
            return True
        return now > self.at if self.reason == APPLICATION_FAILURE else now >= self.at


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """What an eviction depends on, of one member."""

    readiness: Condition | None = None
    tainted: bool = False
    """Whether a NoExecute taint of the member evicts this object now."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The evictions of one object, one step on."""

    tasks: tuple[EvictionTask, ...]
    due: datetime | None = None
    """When time alone can change something next; None where it cannot."""
    may_return: tuple[EvictionTask, ...] = ()
    """Those of `tasks` that may become Returning now."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of one object that is, or may be, evicted."""

    decision: RecordedDecision
    report: ObjectReport
    failover: Failover | None
    """As its policy states it; None where no policy claims it."""
    members: Mapping[ClusterName, MemberFacts] = field(default_factory=dict)
    kept: frozenset[ClusterName] = frozenset()
    """Members whose old copy stays (purge mode Never). `advance` fills it in."""

    @property
    def leaving(self) -> set[ClusterName]:
        """Members that hold more than was decided, and are to lose it."""
        return self.decision.leaving.keys() - self.kept


def application_deadlines(decision: RecordedDecision, failover: Failover) -> Iterator[Deadline]:
    """For each target that is unhealthy."""
    if failover.application is None:
        return
    for name, since in sorted(decision.unhealthy_since.items()):
        yield Deadline(
            name, since + failover.application.toleration, APPLICATION_FAILURE, "the application is unhealthy there", since
        )


def taint_deadline_on(cluster: ClusterName, at: datetime | None, taint: Taint) -> Deadline:
    return Deadline(cluster, at, TAINT_UNTOLERATED, f"the member has the taint {taint}", taint.time_added)


def begin(situation: Situation, deadline: Deadline, now: datetime) -> EvictionTask:
    """The task that begins an eviction."""
    decision, failover = situation.decision, situation.failover or NO_FAILOVER
    binding = decision.binding
    targets = binding.targets if decision.decided is None else decision.decided
    purge_mode, grace, producer = failover.cluster.purge_mode, None, TAINT_MANAGER
    if deadline.reason == APPLICATION_FAILURE and failover.application is not None:
        purge_mode, producer = failover.application.purge_mode, APPLICATION_FAILOVER
        producer = producer if binding.key.namespace else f"cluster-{producer}"
        grace = failover.application.grace_period if purge_mode is PurgeMode.GRACEFULLY else None
    return EvictionTask(
        from_cluster=deadline.cluster,
        purge_mode=purge_mode,
        reason=deadline.reason,
        producer=producer,
        since=whole_seconds(now),
        message=deadline.cause,
        replicas=next((target.replicas for target in targets if target.name == deadline.cluster), 0),
        grace_period=grace,
        suppress_deletion=purge_mode is PurgeMode.NEVER,
        preserved_labels=decision.preserved.get(deadline.cluster, {}),
        clusters_before=targets,
        affinity_before=binding.affinity_name,
        placement_before=binding.placement_digest,
    )


def advance(situation: Situation, settings: FailoverSettings, handover_timeout: timedelta, now: datetime) -> Progress:
    """The recorded evictions of an object after what the last pass has seen."""
    evictions = [_with_purge_mode(task, situation.failover) for task in situation.decision.evictions]
    situation = replace(situation, kept=frozenset(task.from_cluster for task in kept_copies(evictions)))
    steps = [_advance(task, situation, settings, handover_timeout, now) for task in evictions]
    tasks = tuple(task for task, _, _ in steps if task is not None)
    moments = [moment for task, moment, _ in steps if task is not None and moment is not None and moment > now]
    returning = tuple(task for task, _, may_return in steps if task is not None and may_return)
    return Progress(_same_if_equal(situation.decision.evictions, tasks), min(moments, default=None), returning)


def excluded_by(tasks: Iterable[EvictionTask], settings: FailoverSettings, now: datetime) -> frozenset[ClusterName]:
    """The members on which the object must not be placed."""
    return frozenset(task.from_cluster for task in tasks if _excludes(task, settings, now))


def _excludes(task: EvictionTask, settings: FailoverSettings, now: datetime) -> bool:
    if task.phase is EvictionPhase.EVICTED:
        waits = settings.fail_back_after is not None and bool(task.clusters_before)
        return waits or task.suppress_deletion or now < task.since + settings.cool_down
    return task.phase is EvictionPhase.EVICTING


def _advance(
    task: EvictionTask, situation: Situation, settings: FailoverSettings, handover_timeout: timedelta, now: datetime
) -> tuple[EvictionTask | None, datetime | None, bool]:
    """The task, or None where it is over; when to look again; whether the object may return."""
    if task.phase is EvictionPhase.EVICTING:
        if not _has_moved(task, situation, handover_timeout, now):
            return task, task.since + (task.grace_period or handover_timeout), False
        task = replace(task, phase=EvictionPhase.EVICTED)
    elif task.phase is EvictionPhase.RETURNING:
        is_over = not situation.leaving and _is_in_force(situation)
        return (None if is_over else task), None, False
    return _after_eviction(task, situation, settings, now)


def _after_eviction(
    task: EvictionTask, situation: Situation, settings: FailoverSettings, now: datetime
) -> tuple[EvictionTask | None, datetime | None, bool]:
    cool = task.since + settings.cool_down
    if settings.fail_back_after is not None and task.clusters_before and not task.suppress_deletion:
        healthy = healthy_since(situation.members.get(task.from_cluster, MemberFacts()), task)
        if healthy is None:
            return task, None, False
        due = max(cool, healthy + settings.fail_back_after)
        return task, due, now >= due
    is_there = task.from_cluster in situation.decision.binding.cluster_names
    if not _excludes(task, settings, now) and (is_there or _is_gone(task, situation.report)):
        return None, None, False
    return task, cool, False


def injected_labels(tasks: tuple[EvictionTask, ...], targets: tuple[TargetCluster, ...]) -> Mapping[str, str]:
    """The labels that preserve the state of the old copy (Karmada pkg/controllers/binding/common.go): while the last eviction
    goes on with purge mode Directly, on exactly one target, unless an application failed and the target was one before."""
    if not tasks or len(targets) != 1:
        return NO_LABELS
    task = tasks[-1]
    if task.phase is not EvictionPhase.EVICTING or task.purge_mode is not PurgeMode.DIRECTLY or not task.preserved_labels:
        return NO_LABELS
    before = {target.name for target in task.clusters_before} if task.reason == APPLICATION_FAILURE else set()
    return NO_LABELS if targets[0].name in before else task.preserved_labels


def healthy_since(facts: MemberFacts, task: EvictionTask) -> datetime | None:
    """Since when the member of a task is well again; None where it is not."""
    ready = facts.readiness
    if ready is None or ready.status != "True" or facts.tainted:
        return None
    return task.since if ready.since is None else max(ready.since, task.since)


def _has_moved(task: EvictionTask, situation: Situation, handover_timeout: timedelta, now: datetime) -> bool:
    """Whether the object is where it was decided to be, and every new copy is Current, or had its time."""
    decision, report = situation.decision, situation.report
    if situation.leaving or (task.from_cluster in decision.binding.cluster_names and not task.suppress_deletion):
        return False
    if now >= task.since + (task.grace_period or handover_timeout):
        return True
    current = report.clusters_where(lambda one: one.applied and one.health.status is HealthStatus.CURRENT)
    return {target.name for target in decision.binding.targets} - situation.kept <= current


def _is_in_force(situation: Situation) -> bool:
    """Whether the decided placement is in force, but for old copies that stay."""
    decided, targets = situation.decision.decided, situation.decision.binding.targets
    return decided is None or set(decided) == {target for target in targets if target.name not in situation.kept}


def _is_gone(task: EvictionTask, report: ObjectReport) -> bool:
    status = report.status_in(task.from_cluster)
    return status is None or status.health.status is HealthStatus.NOT_FOUND


def _with_purge_mode(task: EvictionTask, failover: Failover | None) -> EvictionTask:
    """Where the policy does not say Never any more, the old copy may go: in Karmada, somebody edits the task."""
    if failover is None:
        return task
    if task.suppress_deletion and (failover.application is None or failover.application.purge_mode is not PurgeMode.NEVER):
        return replace(task, suppress_deletion=False, purge_mode=PurgeMode.GRACEFULLY)
    return task


def _same_if_equal(before: tuple[EvictionTask, ...], after: tuple[EvictionTask, ...]) -> tuple[EvictionTask, ...]:
    """The recorded tuple itself where nothing changed: a memo compares identities."""
    return before if before == after else after
