"""Which changes of a plan wait, for which objects, and for how long. Pure.

An object is written when everything that it waits for is met: written as this revision says, and Current. Nothing in the executor
waits for health. A change that must wait is a `Skip` in this pass, and a later pass makes it: the event by which the other object
becomes Current causes that pass. So a newer revision ends every wait at once, and a restart loses nothing. What waits is only the
creation of an object and the change to what Git says now. Drift of an object that is there is corrected at once: it had its turn.

An object that is Failed, that is not Current in time, or that does not exist holds up those that wait for it, and nothing else.
Nothing is ever removed because of that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from reconciler.interpreter.containers import is_namespace
from reconciler.interpreter.job import is_complete
from reconciler.interpreter.precedence import BUILT_IN, Interpreter
from reconciler.model.changes import Change, ChangeSet, Configure, Create, Prune, Release, Skip, Standing, Unchanged, Wait
from reconciler.model.dependency_graph import layers
from reconciler.model.health import NOT_OBSERVED, UNOBSERVED, Health, HealthStatus
from reconciler.model.keys import ResourceKey
from reconciler.model.live import LiveView
from reconciler.model.manifest import Manifest, is_secret
from reconciler.model.ordering import GATE_TIMEOUT, Dependency, gate_timeout, group_of, is_gate
from reconciler.model.recorded import ClusterStatus
from reconciler.model.wording import first_few
from reconciler.plan.member_order import MemberOrder

Waits = tuple[Wait, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What counts besides the plan and what the member holds."""

    now: datetime
    tells_health: bool = True
    """As `MemberClient.tells_health`."""
    timeout: timedelta = timedelta(minutes=10)
    """`Settings.gate_timeout`."""
    interpreter: Interpreter = BUILT_IN
    recorded: Callable[[ResourceKey], ClusterStatus | None] = lambda key: None
    """The last status of an object on this member."""
    waits_since: Mapping[str, datetime] = field(default_factory=dict)
    """Since when objects of this member wait for others whose own status does not tell it (`ClusterStatus.waits_since`)."""
    elsewhere: Mapping[Dependency, Wait] = field(default_factory=dict)
    """The objects on other members that are not met; all others are."""


def with_waits(plan: ChangeSet, view: LiveView, order: MemberOrder, facts: Facts) -> ChangeSet:
    """The plan with a `Skip` in place of each write whose turn has not come. view: what the member holds."""
    if not order or not plan.writes:
        return plan
    plan = _without_gates_that_ran(plan, order, facts)
    writes = {change.key: change for change in plan.writes if _has_turn(change)}
    waiting = _Judge(plan, view, order, facts).waits_of(writes)
    if not waiting:
        return plan
    pending = _pending(waiting)
    told = {id(waits): _told(waits) for waits in {id(waits): waits for waits in waiting.values()}.values()}
    return plan.revised(
        _waiting(change, waiting[change.key], told[id(waiting[change.key])], pending=change.key in pending)
        if change.key in waiting and isinstance(change, Create | Configure)
        else change
        for change in plan.changes
    )


def standing_of(change: Change | None, live: Manifest | None, status: ClusterStatus | None, facts: Facts) -> Wait | None:
    """Whether what depends on an object must wait, and why; None where the object is met.

    change: what is planned for it; None where the member need not hold it. live: the object there. status: the last one recorded.
    The wait names no object yet.
    """
    if isinstance(change, Create | Configure):
        return _wait(Standing.NOT_WRITTEN)
    if isinstance(change, Skip):
        if change.ran:
            return None
        return _wait(Standing.NOT_WRITTEN if change.waits else Standing.SKIPPED)
    if isinstance(change, Prune | Release) or live is None:
        return _wait(Standing.ABSENT)
    desired = change.desired if isinstance(change, Unchanged) else None
    health = health_of_gate(live, facts) if desired is not None and is_gate(desired.manifest) else _health(live, facts)
    if health.status is HealthStatus.CURRENT:
        return None
    if health.status is HealthStatus.FAILED:
        return _wait(Standing.FAILED)
    stated = gate_timeout(desired.manifest if desired is not None else live)
    timeout = facts.timeout if stated is None else stated
    digest = desired.public_digest if desired is not None else ""
    same = status is not None and (status.digest == digest or is_secret(live) or desired is None)
    since = status.waited_for_since if status is not None and same else None
    return timed(Wait(_NOTHING, Standing.IN_PROGRESS, timeout=timeout), since, facts.now)


def timed(wait: Wait, since: datetime | None, now: datetime) -> Wait:
    """The same wait for an object that is not Current, since then; None where that is not known."""
    if since is None or wait.timeout is None:
        return wait
    return replace(wait, standing=Standing.TIMED_OUT if now - since >= wait.timeout else Standing.IN_PROGRESS, since=since)


def health_of_gate(live: Manifest, facts: Facts) -> Health:
    """The health of the Job of a gate: it must have ended, not only run."""
    health = _health(live, facts)
    if health.status is HealthStatus.CURRENT and health.reason != NOT_OBSERVED and not is_complete(live):
        return Health(HealthStatus.IN_PROGRESS, health.message)
    return health


def _health(live: Manifest, facts: Facts) -> Health:
    if not facts.tells_health and "status" not in live:
        return UNOBSERVED
    return facts.interpreter.assess(live, facts.now)


def _has_turn(change: Change) -> bool:
    """Whether the change waits for its turn: the object is new, or Git changed it."""
    return isinstance(change, Create) or (isinstance(change, Configure) and not change.drift)


def _without_gates_that_ran(plan: ChangeSet, order: MemberOrder, facts: Facts) -> ChangeSet:
    """A Job that succeeded once is not made again for the same revision, whoever removed it."""
    ran = {change.key: change for change in plan.writes if isinstance(change, Create) and change.key in order.gates}
    ran = {key: change for key, change in ran.items() if _did_run(change, facts.recorded(key))}
    if not ran:
        return plan
    return plan.revised(
        Skip(change.key, RAN, change.desired, kept=True, ran=True) if change.key in ran and isinstance(change, Create) else change
        for change in plan.changes
    )


def _did_run(change: Create, status: ClusterStatus | None) -> bool:
    current = status is not None and status.applied and status.health.status is HealthStatus.CURRENT
    return status is not None and current and status.digest == change.desired.public_digest


class _Judge:
    """Asks about each object once."""

    def __init__(self, plan: ChangeSet, view: LiveView, order: MemberOrder, facts: Facts) -> None:
        self._plan = plan
        self._view = view
        self._order = order
        self._facts = facts
        self._changes = {change.key: change for change in plan.changes}
        self._unmet: dict[ResourceKey, Wait | None] = {}
        self._before: dict[tuple[str, ResourceKey], Waits] = {}
        for name in sorted(order.steps):
            self._before |= self._waves(name)

    def waits_of(self, writes: Mapping[ResourceKey, Change]) -> dict[ResourceKey, Waits]:
        """What each of these writes waits for; those whose turn has come are absent."""
        waiting = {key: waits for key in writes if (waits := self._of(key))}
        # What a Namespace or a definition holds cannot be written before it.
        for key, containers in self._plan.dependencies.items():
            held = [one for one in containers if one in waiting]
            if held and key in writes:
                more = tuple(Wait(Dependency(one), Standing.NOT_WRITTEN) for one in held)
                waiting[key] = (*more, *waiting.get(key, ()))
        return waiting

    def _of(self, key: ResourceKey) -> Waits:
        in_steps = self._before.get((group_of(key), key), ())
        declared = self._order.declared.get(key, ())
        if not declared:
            return in_steps
        own = [wait for one in declared if (wait := self._dependency(one)) is not None]
        known = {wait.on for wait in own}
        return (*own, *(wait for wait in in_steps if wait.on not in known)) if own else in_steps

    def _dependency(self, dependency: Dependency) -> Wait | None:
        wait = self._facts.elsewhere.get(dependency) if dependency.cluster else self._one(dependency.key)
        if wait is None or wait.standing is not Standing.IN_PROGRESS or wait.since is not None:
            return wait
        return timed(wait, self._facts.waits_since.get(str(dependency)), self._facts.now)

    def _waves(self, name: str) -> dict[tuple[str, ResourceKey], Waits]:
        """What each object of an ordered namespace waits for because of its place; objects of one place share one tuple."""
        found: dict[tuple[str, ResourceKey], Waits] = {}
        earlier: Waits = ()
        for step in self._order.steps[name]:
            if earlier:
                found |= {(name, key): earlier for key in step if group_of(key) == name}
            # That an object needs its Namespace is known without waves; one that somebody else made is good enough.
            judged = [self._one(key) for key in step if not is_namespace(key)]
            earlier += tuple(wait for wait in judged if wait is not None)
        return found

    def _one(self, key: ResourceKey) -> Wait | None:
        if key not in self._unmet:
            self._unmet[key] = self._judge(key)
        return self._unmet[key]

    def _judge(self, key: ResourceKey) -> Wait | None:
        if self._view.unread.reason(key):
            return Wait(Dependency(key), Standing.UNKNOWN)
        change, live = self._changes.get(key), self._view.objects.get(key)
        wait = standing_of(change, live, self._facts.recorded(key), self._facts)
        return None if wait is None else replace(wait, on=Dependency(key))


def _wait(standing: Standing) -> Wait:
    return Wait(_NOTHING, standing)


def _pending(waiting: Mapping[ResourceKey, Waits]) -> set[ResourceKey]:
    """Those of the waiting objects whose turn comes if nothing goes wrong.

    The objects of one place share their waits, so these are a thing of their own between them: else the cost would grow with the
    square of the number of objects.
    """
    needs: dict[_Node, list[_Node]] = {}
    hopeless: set[_Node] = set()
    for key, waits in waiting.items():
        shared = id(waits)
        needs[key] = [shared]
        if shared not in needs:
            needs[shared] = [wait.on.key for wait in waits if not wait.on.cluster and wait.on.key in waiting]
            if not all(wait.standing.may_end for wait in waits):
                hopeless.add(shared)
    pending: set[_Node] = set()
    for layer in layers(tuple(needs), needs):
        pending |= {node for node in layer if node not in hopeless and pending.issuperset(needs[node])}
    return {key for key in waiting if key in pending}


_Node = ResourceKey | int
"""An object, or the waits that several objects share, by their identity."""


class _Told(NamedTuple):
    """What is said of the waits that several objects share."""

    reason: str
    absent: bool
    """Whether one of the objects does not exist."""


def _told(waits: Waits) -> _Told:
    """The worst comes first: what holds up for good is what somebody has to look at."""
    ordered = sorted(waits, key=lambda wait: wait.standing.may_end)
    found = {wait.standing for wait in waits}
    hint = f"; {GATE_TIMEOUT} on that object states another time" if Standing.TIMED_OUT in found else ""
    return _Told(f"it waits for {first_few(ordered, 2)}{hint}", Standing.ABSENT in found)


def _waiting(change: Create | Configure, waits: Waits, told: _Told, *, pending: bool) -> Skip:
    origin = change.desired.origin
    place = f"; it depends on that by {origin}, and no file declares it for this member" if told.absent and origin.file else ""
    reason = f"{told.reason}{place}; otherwise it would be {change.action.past}"
    return Skip(change.key, reason, change.desired, change.live, waits=waits, pending=pending)


_NOTHING = Dependency(ResourceKey("", "", "", ""))
RAN = "it ran for this revision, and its Job is not there any more"
