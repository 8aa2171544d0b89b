"""Which objects leave which members in this pass, because a member or the object failed there.

The parts are pure functions of `schedule/taint_eviction.py` (until when taints let an object stay), `transition/eviction.py` (how
an eviction goes on) and `transition/eviction_guard.py` (how many at once). An eviction begins only if scheduling finds another
place: with nowhere to go, the copy stays, whatever is wrong with its member.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache

from reconciler.model.binding import Binding, TargetCluster, Unschedulable
from reconciler.model.cluster import NO_EXECUTE, Cluster, Taint
from reconciler.model.eviction import APPLICATION_FAILURE, TAINT_UNTOLERATED, EvictionPhase, EvictionTask, task_on
from reconciler.model.failover import NO_FAILOVER, FailoverMode, FailoverSettings
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.moments import time_text
from reconciler.model.policy import PropagationPolicy, Toleration
from reconciler.model.recorded import RecordedCluster, RecordedDecision
from reconciler.pipeline.places import Places
from reconciler.pipeline.snapshot import Snapshot
from reconciler.schedule.taint_eviction import taint_deadline
from reconciler.transition.eviction import (
    Deadline,
    MemberFacts,
    Progress,
    Situation,
    advance,
    application_deadlines,
    begin,
    excluded_by,
    taint_deadline_on,
)
from reconciler.transition.eviction_guard import Admission, Load, Move, Request, admit, cut_off
from reconciler.transition.last_good import report_within


@dataclass(frozen=True, slots=True)
class Eviction:
    """What failures mean for one object in this pass."""

    tasks: tuple[EvictionTask, ...] = ()
    """Its evictions, those that begin now included."""
    excluded: frozenset[ClusterName] = frozenset()
    """Members on which it must not be placed."""
    before: EvictionTask | None = None
    """Where it returns: the placement before this eviction counts again. None: it does not return in this pass."""
    waits: tuple[str, ...] = ()
    """What is to come, and what it waits for, one sentence each."""
    proposed: tuple[Deadline, ...] = ()
    """What is due and a person has to allow."""
    destination: tuple[TargetCluster, ...] = ()
    """Where the object would be then; empty where nothing is proposed."""


NO_EVICTION = Eviction()


@dataclass(frozen=True, slots=True)
class Evictions:
    """Of all objects."""

    by_key: Mapping[ResourceKey, Eviction] = field(default_factory=dict)
    """Without the objects that nothing happens to."""
    due: datetime | None = None
    """When time alone can change something next; None where it cannot."""
    paused: str = ""
    """Why moves that are due do not begin; empty where they do."""

    def of(self, key: ResourceKey) -> Eviction:
        return self.by_key.get(key, NO_EVICTION)


NO_EVICTIONS = Evictions()


@dataclass(frozen=True, slots=True)
class Placed:
    """One object that may be evicted."""

    key: ResourceKey
    policy: PropagationPolicy | None
    """That which claims it; None where none does."""
    previous: RecordedDecision
    may_begin: bool = True
    """Whether an eviction may begin now. Where it may not, those that are recorded go on."""


def plan_evictions(objects: Iterable[Placed], snapshot: Snapshot, places: Places) -> Evictions:
    """objects: all that are placed."""
    objects, settings = list(objects), snapshot.desired.settings.failover
    if settings.mode is FailoverMode.OFF and not any(one.previous.evictions for one in objects):
        return NO_EVICTIONS
    facts = _Facts.of(snapshot)
    plans = {one.key: plan for one in objects if (plan := _plan(one, facts, snapshot)).matters}
    planned = {key: _with_places(key, plan, places, facts) for key, plan in plans.items()}
    tasks = {key: plan.progress.tasks for key, plan in planned.items()}
    load = _load(tasks, len(objects), facts)
    admission, planned = _admit(planned, load, places, facts)
    found = {key: _carried_out(key, plan, admission, facts, is_cut_off=bool(cut_off(load))) for key, plan in planned.items()}
    moments = [plan.due for plan in planned.values() if plan.due is not None]
    return Evictions(
        {key: one for key, one in found.items() if one != NO_EVICTION},
        min(moments, default=None),
        _paused(planned.values(), admission, load),
    )


def load_of(evictions: Evictions, moving: Iterable[ResourceKey], snapshot: Snapshot) -> Load:
    """For moves that give up no member, beside these evictions. moving: other objects that move already."""
    evicting = {key for key, one in evictions.by_key.items() if any(task.is_moving for task in one.tasks)}
    objects = sum(bool(decision.binding.targets) for decision in snapshot.recorded.decisions.values())
    facts = _Facts.of(snapshot)
    return Load(len(facts.members), facts.ready, objects, moving=frozenset(evicting.union(moving)))


def _paused(planned: Iterable[_Plan], admission: Admission, load: Load) -> str:
    """With most members lost, an object has nowhere to go, too; the cause is told all the same."""
    if any(plan.due_now for plan in planned) and (why := cut_off(load)):
        return why
    return min(admission.paused.values(), default="")


@dataclass(frozen=True, slots=True)
class _Facts:
    """What counts for all objects."""

    settings: FailoverSettings
    handover_timeout: timedelta
    now: datetime
    taints: Mapping[ClusterName, tuple[Taint, ...]]
    """The NoExecute taints of each member that has any."""
    recorded: Mapping[ClusterName, RecordedCluster]
    members: frozenset[ClusterName]
    approved: Mapping[ClusterName, datetime] | None
    """Members from which objects may be evicted, because of what failed until then. None: from all, whenever it failed."""

    @classmethod
    def of(cls, snapshot: Snapshot) -> _Facts:
        settings, clusters = snapshot.desired.settings, snapshot.desired.clusters
        evicting = {one.name: tuple(taint for taint in one.taints if taint.effect == NO_EXECUTE) for one in clusters}
        members = frozenset(evicting)
        return cls(
            settings.failover,
            settings.handover_timeout,
            snapshot.now,
            {name: taints for name, taints in evicting.items() if taints},
            snapshot.recorded.clusters,
            members,
            None if settings.failover.mode is FailoverMode.AUTO else _approvals(clusters),
        )

    def allows(self, deadline: Deadline) -> bool:
        """Whether nobody has to allow this eviction, or somebody has."""
        if self.approved is None:
            return True
        until = self.approved.get(deadline.cluster)
        return until is not None and (deadline.since is None or deadline.since <= until)

    @property
    def ready(self) -> int:
        """How many members answer, or were never asked. One that stopped answering just now does not count."""
        return sum(_answers(self.recorded.get(name)) for name in self.members)


def _approvals(clusters: Iterable[Cluster]) -> dict[ClusterName, datetime]:
    return {cluster.name: until for cluster in clusters if (until := cluster.evicts_until) is not None}


def _answers(last: RecordedCluster | None) -> bool:
    if last is None or last.readiness is None:
        return True
    return last.readiness.status == "True" and last.pending_since is None


@dataclass(frozen=True, slots=True)
class _Plan:
    """One object before the guard."""

    situation: Situation
    progress: Progress
    due_now: tuple[Deadline, ...]
    later: tuple[Deadline, ...]
    due: datetime | None
    stuck: frozenset[ClusterName] = frozenset()
    """Members that it should leave, with nowhere to go."""
    without: frozenset[ClusterName] = frozenset()
    """Members on which it must not be if it leaves all that it should."""
    destination: tuple[TargetCluster, ...] = ()
    """Where it would be without those that it should leave; empty where it should leave none, or has nowhere to go."""

    @property
    def matters(self) -> bool:
        return bool(self.progress.tasks or self.due_now or self.later or self.situation.decision.evictions)


def _plan(placed: Placed, facts: _Facts, snapshot: Snapshot) -> _Plan:
    previous, policy = placed.previous, placed.policy
    deadlines = list(_deadlines(previous, policy, facts)) if policy is not None and placed.may_begin else []
    # What keeps an object away from a member keeps it from coming back, too.
    tolerations = policy.placement.tolerations if policy is not None else ()
    members = {name: _member_facts(name, tolerations, facts) for name in {task.from_cluster for task in previous.evictions}}
    report = report_within(snapshot.recorded.report_of(placed.key), snapshot.members)
    situation = Situation(previous, report, policy.failover if policy is not None else None, members)
    progress = advance(situation, facts.settings, facts.handover_timeout, facts.now)
    taken = excluded_by(progress.tasks, facts.settings, facts.now)
    open_ = [] if facts.settings.mode is FailoverMode.OFF else [one for one in deadlines if one.cluster not in taken]
    due_now = tuple(one for one in open_ if one.is_due(facts.now))
    later = tuple(one for one in open_ if not one.is_due(facts.now))
    moments = [one.at for one in later if one.at is not None] + ([] if progress.due is None else [progress.due])
    return _Plan(situation, progress, due_now, later, min(moments, default=None))


def _member_facts(name: ClusterName, tolerations: Sequence[Toleration], facts: _Facts) -> MemberFacts:
    last = facts.recorded.get(name)
    deadline = taint_deadline(facts.taints.get(name, ()), tolerations)
    return MemberFacts(last.readiness if last is not None else None, deadline is not None and deadline.is_due(facts.now))


def _with_places(key: ResourceKey, plan: _Plan, places: Places, facts: _Facts) -> _Plan:
    """The plan with the members that the object cannot leave. An eviction that has lost its place, because another member
    failed, is taken back: the object stays where its old copy is. It is not where the new copy is merely unhealthy: otherwise,
    what is unhealthy everywhere would move back and forth without end."""
    begun = {task.from_cluster for task in plan.progress.tasks if task.phase is EvictionPhase.EVICTING}
    wanted = {one.cluster for one in plan.due_now if not _lacks_state(one, plan.situation)}
    if not begun and not wanted:
        return plan
    excluded = excluded_by(plan.progress.tasks, facts.settings, facts.now) | wanted
    found = places.alone(key, excluded)
    ailing = {one.cluster for one in plan.due_now if one.cluster in wanted and one.reason == APPLICATION_FAILURE}
    if isinstance(found, Unschedulable) and ailing and (begun or wanted - ailing):
        excluded -= ailing
        if not isinstance(found := places.alone(key, excluded), Unschedulable):
            plan = replace(plan, stuck=frozenset(ailing))
    if not isinstance(found, Unschedulable):
        return replace(plan, without=excluded, destination=found.targets if isinstance(found, Binding) else ())
    held = begun.intersection(plan.situation.decision.binding.cluster_names)
    if wanted and held != begun:
        held = set[ClusterName]()  # What was begun goes on as far as it can.
    tasks = tuple(task for task in plan.progress.tasks if task.from_cluster not in held)
    return replace(plan, progress=replace(plan.progress, tasks=tasks), stuck=frozenset(wanted | held))


def _deadlines(previous: RecordedDecision, policy: PropagationPolicy, facts: _Facts) -> Iterator[Deadline]:
    """The earliest deadline of each target."""
    targets = previous.binding.targets if previous.decided is None else previous.decided
    names = {target.name for target in targets}
    unhealthy = {one.cluster: one for one in application_deadlines(previous, policy.failover) if one.cluster in names}
    for name in sorted(names):
        found = taint_deadline(facts.taints[name], policy.placement.tolerations) if name in facts.taints else None
        if found is not None:
            by_taint = taint_deadline_on(name, found.at, found.taint)
            if name not in unhealthy or by_taint.is_due(facts.now):
                yield by_taint
                continue
        if name in unhealthy:
            yield unhealthy[name]


def _requests(key: ResourceKey, plan: _Plan, facts: _Facts) -> Iterator[Request]:
    """What the guard has to allow. An object with nowhere to go asks for nothing."""
    yield from (Request(key, task.from_cluster, task.since, returns=True) for task in plan.progress.may_return)
    for one in plan.due_now:
        if one.cluster not in plan.stuck and facts.allows(one) and not _lacks_state(one, plan.situation):
            yield Request(key, one.cluster, one.at)


def _admit(
    planned: Mapping[ResourceKey, _Plan], load: Load, places: Places, facts: _Facts
) -> tuple[Admission, dict[ResourceKey, _Plan]]:
    """Which moves begin, and the plans with what finds no place beside those, nor beside what is proposed before it."""
    requests = [request for key, plan in planned.items() for request in _requests(key, plan, facts)]
    proposed = [] if cut_off(load) else [key for key, plan in planned.items() if any(_proposed(plan, facts))]
    if not places.are_limited or not (requests or proposed):
        return admit(requests, load, facts.settings), dict(planned)
    at_best = {key for key, _ in admit(requests, load, facts.settings).admitted}
    places.open({key: planned[key].without for key in at_best})
    finds_place = cache(lambda key: places.beside(key, planned[key].without))  # It may leave several members.
    admission = admit(requests, load, facts.settings, lambda one: one.returns or finds_place(one.key))
    proposals = places.copy()
    homeless = {key for key, _ in admission.homeless}
    homeless |= {key for key in sorted(proposed) if not proposals.beside(key, planned[key].without)}
    return admission, {key: _homeless(plan) if key in homeless else plan for key, plan in planned.items()}


def _homeless(plan: _Plan) -> _Plan:
    return replace(plan, stuck=plan.stuck.union(one.cluster for one in plan.due_now), destination=())


def _proposed(plan: _Plan, facts: _Facts) -> Iterator[Deadline]:
    """What is due, and a person has to allow."""
    for one in plan.due_now:
        if one.cluster not in plan.stuck and not facts.allows(one) and not _lacks_state(one, plan.situation):
            yield one


def _lacks_state(deadline: Deadline, situation: Situation) -> bool:
    """Whether state is to be preserved that was never seen. As in Karmada, the eviction waits for it."""
    failover, kept = situation.failover or NO_FAILOVER, situation.decision.preserved.get(deadline.cluster, {})
    by_taint = deadline.reason == TAINT_UNTOLERATED or failover.application is None
    rules = failover.cluster.rules if by_taint else failover.application.rules if failover.application else ()
    return any(rule.label not in kept for rule in rules)


def _load(tasks: Mapping[ResourceKey, tuple[EvictionTask, ...]], objects: int, facts: _Facts) -> Load:
    all_tasks = [task for of_object in tasks.values() for task in of_object]
    given_up = {
        task.from_cluster
        for task in all_tasks
        if task.phase is EvictionPhase.EVICTING
        or (task.phase is EvictionPhase.EVICTED and task.reason == TAINT_UNTOLERATED and task.from_cluster in facts.taints)
    }
    moving = frozenset(key for key, of_object in tasks.items() if any(task.is_moving for task in of_object))
    return Load(len(facts.members), facts.ready, objects, frozenset(given_up), moving)


def _carried_out(key: ResourceKey, plan: _Plan, admission: Admission, facts: _Facts, *, is_cut_off: bool) -> Eviction:
    admitted, paused = admission.admitted, admission.paused
    tasks, before = list(plan.progress.tasks), None
    for returning in plan.progress.may_return:
        if (key, returning.from_cluster) in admitted:
            before = before or tasks[0]
            tasks[tasks.index(returning)] = replace(returning, phase=EvictionPhase.RETURNING)
    for deadline in plan.due_now:
        if (key, deadline.cluster) in admitted:
            tasks = [task for task in tasks if task.from_cluster != deadline.cluster]
            tasks.append(begin(plan.situation, deadline, facts.now))
            before = None
    complete = tuple(tasks)
    same = plan.situation.decision.evictions
    proposed = () if is_cut_off else tuple(_proposed(plan, facts))
    return Eviction(
        same if complete == same else complete,
        excluded_by(complete, facts.settings, facts.now),
        before,
        tuple(_waits(key, plan, complete, paused)),
        proposed,
        plan.destination if proposed else (),
    )


def _waits(key: ResourceKey, plan: _Plan, tasks: tuple[EvictionTask, ...], paused: Mapping[Move, str]) -> Iterator[str]:
    for deadline in (*plan.due_now, *plan.later):
        name, why = deadline.cluster, deadline.cause
        begun = task_on(tasks, name)
        if begun is not None and begun.phase is EvictionPhase.EVICTING:
            continue
        if (key, name) in paused:
            yield f"it is to leave {name}, because {why}, and waits: {paused[key, name]}"
        elif name in plan.stuck:
            yield f"it is to leave {name}, because {why}, and stays there: no other cluster can take it"
        elif deadline.at is not None and deadline in plan.later:
            yield f"it leaves {name} at {time_text(deadline.at)} if {why} until then"
        elif _lacks_state(deadline, plan.situation):
            yield f"it is to leave {name}, because {why}, and waits: the state to preserve was never seen there"
        else:
            yield f"it is to leave {name}, because {why}; this is proposed (spec.failover.mode: propose)"
    for task in tasks:
        if (key, task.from_cluster) in paused and task.phase is EvictionPhase.EVICTED:
            yield f"it is to return to {task.from_cluster}, and waits: {paused[key, task.from_cluster]}"
