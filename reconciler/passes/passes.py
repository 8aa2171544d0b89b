"""One pass over one revision: survey the fleet, apply the plans, look again, remember. And passes until nothing is in progress.

Everything that is decided is decided in the survey, before the first write, and can be printed in place of being done.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from reconciler.model.changes import ChangeSet, Outcome, Unchanged
from reconciler.model.health import HealthStatus
from reconciler.model.keys import ClusterName
from reconciler.model.member_report import MemberReport
from reconciler.model.memo import Memo
from reconciler.model.observed import Differences
from reconciler.model.recorded import ClusterStatus, RecordedState
from reconciler.model.work import Work
from reconciler.passes.apply_all import Outcomes, apply_all
from reconciler.passes.capacity import needs_looks
from reconciler.passes.events import (
    AgentSilent,
    Event,
    MemberUnreachable,
    Postponed,
    Write,
    change_events,
    comparison_events,
    events_of,
    fight_events,
    postponed_events,
    skip_events,
)
from reconciler.passes.failover_events import failover_events
from reconciler.passes.gate_logs import with_logs
from reconciler.passes.object_backoff import Attempts
from reconciler.passes.observation import look_again, statuses_of
from reconciler.passes.observing import compare
from reconciler.passes.reconciliation import Reconciliation
from reconciler.passes.rollout_events import rollout_events
from reconciler.passes.survey import Survey, survey
from reconciler.passes.tenants import NOTHING_PRUNED, Pruned, pruned_in
from reconciler.passes.timers import seconds_to_timer
from reconciler.passes.waiting_pods import waiting_pods
from reconciler.passes.waits import may_go_on, seconds_to_timeout
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.unserved import lacks_kinds
from reconciler.record.fold import readiness_of, why_unknown
from reconciler.record.next_state import Observation, Statuses, next_state
from reconciler.record.observed import observed_state
from reconciler.record.rollouts import rollouts_due
from reconciler.record.waiting_facts import SeenPods, with_waiting_pods


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass decided and did."""

    compiled: Compiled
    works: Mapping[ClusterName, Work]
    """What each member must hold, members in order of their names."""
    plans: Mapping[ClusterName, ChangeSet]
    """Of the members that this pass could read."""
    outcomes: Outcomes
    """Empty in a dry run."""
    recorded: RecordedState
    """What the next pass starts from."""
    unreadable: Mapping[ClusterName, str]
    """Members that could not be read, or not to the end, and those whose agents are silent, and the reason."""
    retry_in: float | None
    """Seconds until the next attempt at an object that failed or was skipped; None where nothing waits."""
    events: tuple[Event, ...]
    """What happened; see `events.py`."""
    fights: Mapping[ClusterName, int]
    """How many objects of each member another client changes back again and again (`fights.py`)."""
    pulled: frozenset[ClusterName] = frozenset()
    """Members that agents keep."""
    statuses: Statuses = field(default_factory=dict)
    """What each member reported, as it was observed in this pass; empty in a dry run."""
    seen_pods: SeenPods = field(default_factory=dict)
    """What it saw of Pods that no node takes."""
    rollout_due: bool = False
    """Whether more clusters have their turn in the next pass."""
    needs_looks: bool = False
    """Whether members are to be looked at again soon for what they have free (`capacity.py`)."""
    timer_in: float | None = None
    """Seconds until time alone makes a difference for a failover; None where it does not."""
    differences: Mapping[ClusterName, Differences] | None = None
    """In the mode Observe: how the members that answered differ from what would be written, sorted by name. None elsewhere."""

    @property
    def failed(self) -> bool:
        """Whether a member could not be read, or a change could not be made."""
        return bool(self.unreadable) or any(not one.done for outcomes in self.outcomes.values() for one in outcomes)

    @property
    def unfinished(self) -> bool:
        """Whether a member was not brought to the end, so that another pass is necessary soon. Single objects have their own
        pauses (`retry_in`)."""
        return any(isinstance(event, MemberUnreachable | Postponed) for event in self.events) or any(
            status.applied and status.health.status is HealthStatus.NOT_FOUND and not status.drift_stands for status in self._seen
        )

    @property
    def wrote(self) -> bool:
        """Whether a member was changed."""
        return any(isinstance(event, Write) for event in self.events)

    @property
    def waits(self) -> bool:
        """Whether a handover, an eviction or a change that has its place in an order waits for something."""
        if self.may_go_on:
            return True
        if any(task.is_moving for decision in self.recorded.decisions.values() for task in decision.evictions):
            return True
        return any(item.decided.transition.waits_for for item in self.compiled.templates.values())

    @property
    def may_go_on(self) -> bool:
        """Whether a change waits for its turn, and nothing is known that keeps the turn from coming."""
        return may_go_on(self.plans)

    @property
    def lacks_kinds(self) -> bool:
        """Whether a template is of a kind that its members do not serve: no event tells when somebody installs it."""
        return lacks_kinds(self.compiled)

    @property
    def moved(self) -> bool:
        """Whether a member or the recorded state changed. Where a process was killed after its writes, the next process changes
        only the recorded state."""
        before, after = self.compiled.recorded, self.recorded
        facts = [(one.decisions, one.reports, one.rollouts) for one in (before, after)]
        return self.wrote or facts[0] != facts[1]

    @property
    def advanced_handover(self) -> bool:
        """Whether a handover may have come to its next step, which another pass makes."""
        return self.moved and self.waits

    @property
    def in_progress(self) -> bool:
        """Whether another pass may find something new: a handover that this pass advanced, a change whose turn may come, or an
        object that is not ready yet."""
        comes = self.advanced_handover or self.rollout_due or self.may_go_on
        return comes or any(map(_is_in_progress, self._seen))

    @property
    def _seen(self) -> Iterator[ClusterStatus]:
        """The statuses on members that this process reads itself: the next report of an agent announces itself."""
        return (status for status in self.recorded.statuses if status.cluster not in self.pulled)


async def run_passes(reconciliation: Reconciliation, recorded: RecordedState) -> list[Pass]:
    """Passes until nothing is in progress or `Options.timeout` has elapsed; one pass in a dry run.

    Without `Options.wait`, passes until only waiting is possible: what must not run twice is removed by one pass and created by
    the next. Records nothing. Raises as `run_pass`.
    """
    options, clock = reconciliation.options, reconciliation.clock
    deadline = clock() + options.timeout
    passes: list[Pass] = []
    while True:
        done = await run_pass(reconciliation, recorded, pruned_by(passes))
        passes.append(done)
        recorded = done.recorded
        goes_on = done.in_progress if options.wait else done.advanced_handover or done.rollout_due
        if options.dry_run or done.differences is not None or not goes_on or clock() >= deadline:
            return passes
        if not done.moved:
            await reconciliation.fleet.change_within(_PAUSE)


async def run_pass(reconciliation: Reconciliation, recorded: RecordedState, pruned: Pruned = NOTHING_PRUNED) -> Pass:
    """One pass. Raises ReconcilerError where the revision cannot be compiled; an error of a member is part of the result.

    recorded: what the pass before left. pruned: as for `survey`.
    """
    now = reconciliation.clock()
    before = await survey(reconciliation, recorded, now, pruned)
    if reconciliation.options.dry_run:
        return _pass_of(reconciliation, before, {}, (), {}, before.compiled.recorded)
    comparison = await compare(reconciliation, before) if reconciliation.observes else None
    if comparison is not None:
        before = comparison.survey
    outcomes, attempts = await apply_all(reconciliation, before.plans), reconciliation.attempts
    remarkable = {name: reconciliation.cache.of(name).latest(but_unchanged, of_member) for name, of_member in outcomes.items()}
    tried = change_events(remarkable)
    happened: tuple[Event, ...] = (
        *tried,
        *postponed_events(remarkable),
        *skip_events(remarkable, before.works, attempts),
    )
    for name, of_member in remarkable.items():
        attempts.note(name, outcomes[name] if attempts.has_any(name) else of_member, before.works[name].suspended)
    attempts.forget_others(before.works)
    happened = (*happened, *fight_events(remarkable, attempts))
    after = await look_again(reconciliation, before, tried)
    awaited = reconciliation.fleet.lacks_kinds
    (awaited.set if reconciliation.cache.latest(lacks_kinds, after.compiled) else awaited.clear)()
    statuses, silent = await statuses_of(reconciliation, after, outcomes, now), _silent(reconciliation, now)
    statuses = await with_logs(reconciliation, after, statuses)
    happened = (*happened, *(AgentSilent(name, reason) for name, reason in silent.items()))
    await reconciliation.compiler.next_pass()
    reconciliation.cache.next_pass(after.works)
    state = _state(reconciliation, after, statuses, {**after.unreadable, **silent}, now)
    counts = after.compiled.desired.settings.unschedulable_for is not None
    pods = await waiting_pods(reconciliation, after, statuses, now)
    state = with_waiting_pods(state, pods, counts=counts)
    if comparison is not None:
        state = observed_state(after.compiled.recorded, state, comparison.differences, now)
        happened = (*happened, *comparison_events(after.compiled.recorded, state, comparison.differences))
    moved = rollout_events(after.compiled.recorded.rollouts, state.rollouts)
    happened = (*happened, *failover_events(after.compiled, state), *moved)
    done = _pass_of(reconciliation, after, outcomes, happened, silent, state)
    when = _when_next(reconciliation, after, state, now) if comparison is None else {}
    differences = None if comparison is None else comparison.differences
    return replace(done, statuses=statuses, seen_pods=pods, differences=differences, **when)


def _when_next(reconciliation: Reconciliation, after: Survey, state: RecordedState, now: datetime) -> dict[str, Any]:
    """The fields of `Pass` that say when another pass is due. state: what the pass leaves."""
    seconds = (seconds_to_timer(after.compiled, state, now), seconds_to_timeout(after.plans, now))
    due = rollouts_due(after.compiled, state.rollouts, now)
    return {
        "timer_in": min((one for one in seconds if one is not None), default=None),
        "rollout_due": due is not None and due <= now,
        "needs_looks": needs_looks(reconciliation, after.compiled),
    }


def _state(
    reconciliation: Reconciliation, after: Survey, statuses: Statuses, unreadable: Mapping[ClusterName, str], now: datetime
) -> RecordedState:
    """What the next pass starts from; computed only where anything differs from the last pass."""
    cache, compiled = reconciliation.cache, after.compiled
    reports = reconciliation.fleet.reports
    moments = _Moments(now, {name: one.at for name, one in reports.items() if isinstance(one, MemberReport)})
    observed = (
        cache.same_mapping("statuses", statuses),
        cache.same_mapping("unreadable", {name: cache.of(name).same(reason) for name, reason in unreadable.items()}),
        cache.same_mapping("readiness", _readiness(reconciliation, after, now)),
    )
    timed = any(cluster.pending_since for cluster in compiled.recorded.clusters.values())
    if timed or compiled.rollouts.active:  # A threshold, a soak or a deadline ends by time alone.
        return _next_state(compiled, after.works, *observed, reconciliation.revision, cache.memo, moments=moments)
    return cache.latest(_next_state, compiled, after.works, *observed, reconciliation.revision, cache.memo, moments=moments)


class _Moments(NamedTuple):
    now: datetime
    reported: Mapping[ClusterName, datetime]
    """As `Observation.reported`."""


def _next_state(
    compiled: Compiled,
    works: Mapping[ClusterName, Work],
    statuses: Statuses,
    unreadable: Mapping[ClusterName, str],
    readiness: Mapping[ClusterName, str],
    revision: str,
    memo: Memo,
    *,
    moments: _Moments,
) -> RecordedState:
    observation = Observation(revision, moments.now, statuses, unreadable, readiness, moments.reported)
    return next_state(compiled, works, observation, memo)


def _pass_of(
    reconciliation: Reconciliation,
    after: Survey,
    outcomes: Outcomes,
    happened: Collection[Event],
    silent: Mapping[ClusterName, str],
    recorded: RecordedState,
) -> Pass:
    events = events_of(happened, after.unreadable, reconciliation.fleet.unreachable, after.compiled.issues)
    attempts = reconciliation.attempts if not reconciliation.options.dry_run else Attempts()
    retry_in = attempts.next_due()
    fights = {name: len(attempts.fights(name)) for name in after.works}
    unreadable, pulled = dict(sorted({**after.unreadable, **silent}.items())), frozenset(reconciliation.fleet.pulled)
    return Pass(after.compiled, after.works, after.plans, outcomes, recorded, unreadable, retry_in, events, fights, pulled)


def but_unchanged(outcomes: tuple[Outcome, ...]) -> tuple[Outcome, ...]:
    """Without those of objects that are as they should be: nearly all of them."""
    return tuple(outcome for outcome in outcomes if not isinstance(outcome.change, Unchanged))


def _silent(reconciliation: Reconciliation, now: datetime) -> dict[ClusterName, str]:
    """The members of which nothing is known because their agents do not report, and the reason."""
    reasons = {name: why_unknown(name, report, now) for name, report in reconciliation.fleet.reports.items()}
    return {name: reason for name, reason in reasons.items() if reason}


def _readiness(reconciliation: Reconciliation, after: Survey, now: datetime) -> dict[ClusterName, str]:
    """What was observed of the members that the pass touched, as `Observation.readiness`."""
    fleet, only = reconciliation.fleet, reconciliation.options.only
    asked = {name: fleet.readiness.get(name, "") for name in after.views}
    said = {name: readiness_of(report, now) for name, report in fleet.reports.items() if only is None or name in only}
    return {**asked, **said}


def pruned_by(passes: Iterable[Pass]) -> Pruned:
    """What these passes pruned."""
    return sum((pruned_in(one.compiled, one.outcomes) for one in passes), NOTHING_PRUNED)


def _is_in_progress(status: ClusterStatus) -> bool:
    """Whether an object is being deleted, wanted or not, or is applied and not ready yet."""
    return status.health.status is HealthStatus.TERMINATING or (
        status.applied and status.health.status is HealthStatus.IN_PROGRESS
    )


_PAUSE = 1.0
"""Seconds between passes in which only waiting was possible."""
