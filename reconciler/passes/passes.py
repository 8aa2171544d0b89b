"""One full pass over one revision, and a sync: passes until nothing waits any more.

Read, decide, do, look, write down. Everything that is decided is decided before the first write and can be printed instead.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from reconciler.apply.executor import Progress, carry_out
from reconciler.interpreter.containers import is_definition
from reconciler.model.changes import Action, ChangeSet, Outcome
from reconciler.model.desired import DesiredState
from reconciler.model.health import HealthStatus
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.live import LiveView
from reconciler.model.memo import Memo
from reconciler.model.recorded import ClusterStatus, RecordedState
from reconciler.model.work import Work
from reconciler.observe.collector import statuses, unreadable
from reconciler.passes.dry_run import Doubts, previewed
from reconciler.passes.fleet import Fleet
from reconciler.pipeline.pipeline import Compiled
from reconciler.pipeline.process.client import CompilerClient
from reconciler.pipeline.works import WorkMaker
from reconciler.plan.changeset import plan_cluster
from reconciler.plan.prune import PruneRules
from reconciler.record.discovery import update_discovery
from reconciler.record.next_state import Observation, next_state
from reconciler.record.rebuild import rebuild_state

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Options:
    """How a sync is to be done."""

    dry_run: bool = False
    wait: bool = True
    timeout: timedelta = timedelta(minutes=5)
    allow_prune: frozenset[str] = frozenset()
    """Members that may lose more than the guard allows; `*` stands for all."""
    only: frozenset[str] | None = None
    """Members to touch; None: all."""
    patience: timedelta | None = None
    """How long a pass waits for a member, be it to look at it or to write to it, when the others are done; the next pass goes on
    where it ended. None: to its end."""


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass decided and did."""

    compiled: Compiled
    works: Mapping[ClusterName, Work]
    """What each member is to hold, by what was compiled."""
    plans: Mapping[ClusterName, ChangeSet]
    outcomes: Mapping[ClusterName, tuple[Outcome, ...]]
    recorded: RecordedState
    """What the next pass starts from."""
    unreadable: Mapping[ClusterName, str] = field(default_factory=dict)
    """Members that could not be looked at, and why."""

    @property
    def wrote(self) -> bool:
        return any(outcome.done and outcome.change.action.writes for done in self.outcomes.values() for outcome in done)

    @property
    def moved(self) -> bool:
        """Whether anything is different now. What a killed process had written already, its successor only learns."""
        before, after = self.compiled.recorded, self.recorded
        return self.wrote or (after.decisions, after.reports) != (before.decisions, before.reports)

    @property
    def goes_on(self) -> bool:
        """Whether another pass would find something further on: a handover that this pass moved, or an object on its way."""
        if self.moved and any(course.step.waits_for for course in self.compiled.courses.values()):
            return True
        return any(_is_on_its_way(status) for status in self.recorded.statuses)


@dataclass(frozen=True, slots=True)
class Job:
    """One revision to be brought to one fleet."""

    desired: DesiredState
    revision: str
    """The commit's id."""
    fleet: Fleet
    compiler: CompilerClient
    clock: Clock
    options: Options = field(default_factory=Options)
    progress: Progress = lambda outcome: None
    """Called with the outcome of each write."""
    doubts: Doubts = field(default_factory=Doubts)
    work_maker: WorkMaker = field(default_factory=WorkMaker)
    memo: Memo = field(default_factory=Memo)
    """Of what was decided and seen of single objects."""
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the process is to end: what is under way is finished, and nothing else is begun."""


async def sync(job: Job, recorded: RecordedState) -> list[Pass]:
    """Passes over one revision until nothing waits, or the time is up. Records nothing."""
    deadline = job.clock() + job.options.timeout
    done: list[Pass] = []
    while True:
        one = await run_pass(job, recorded, pruned_so_far(done))
        done.append(one)
        recorded = one.recorded
        if job.options.dry_run or not job.options.wait or not one.goes_on or job.clock() >= deadline:
            return done
        if not one.moved:
            await job.fleet.change_within(_PAUSE)


async def run_pass(job: Job, recorded: RecordedState, pruned: Mapping[ClusterName, int] = MappingProxyType({})) -> Pass:
    """Compile, look, plan, apply, look again, remember.

    pruned: how many objects earlier passes of the same sync have removed from each member.
    """
    now = job.clock()
    lost = not recorded.decisions and not recorded.revision
    # Where nothing is remembered, a move must not forget what any member holds: there is time to ask them all.
    patience = None if lost else job.options.patience
    recorded = update_discovery(recorded, job.desired.clusters, await job.fleet.discover(patience))
    compiled, works = await _compile(job, recorded, now)
    names = [name for name in works if job.options.only is None or name in job.options.only]
    views = await job.fleet.look(works, names, patience)
    if lost:
        # Members left out by choice hold copies, too, that a move must not forget.
        recorded = rebuild_state(compiled, views | await job.fleet.look(works, works.keys() - views.keys()))
        compiled, works = await _compile(job, recorded, now)
    plans = {
        name: _plan(compiled, works[name], view, job, pruned.get(name, 0))
        for name, view in views.items()
        if isinstance(view, LiveView)
    }
    plans = await job.doubts.resolve(plans, views, job.fleet.clients)
    blind = {name: view for name, view in views.items() if not isinstance(view, LiveView)}
    if job.options.dry_run:
        plans, silent = await previewed(plans, views, job.fleet.clients)
        return Pass(compiled, works, plans, {}, recorded, blind | silent)
    outcomes = await _apply(job, plans)
    touched = [name for name, done in outcomes.items() if any(outcome.change.action.writes for outcome in done)]
    views |= await job.fleet.look(works, touched, patience)
    blind |= {name: view for name, view in views.items() if not isinstance(view, LiveView)}
    if any(_defines_kind(outcome) for done in outcomes.values() for outcome in done):
        compiled = replace(
            compiled, recorded=update_discovery(compiled.recorded, job.desired.clusters, await job.fleet.discover(patience))
        )
    seen = _observe(compiled, works, outcomes, views, blind, job, now)
    seen |= _not_looked_at(recorded, works.keys() - names)
    await job.compiler.next_pass()
    job.memo.next_pass()
    after = next_state(compiled, works, Observation(job.revision, now, seen, blind), job.memo)
    return Pass(compiled, works, plans, outcomes, after, blind)


async def _compile(job: Job, recorded: RecordedState, now: datetime) -> tuple[Compiled, Mapping[ClusterName, Work]]:
    compiled = await job.compiler.compile(job.desired, recorded, now)
    return compiled, await asyncio.to_thread(job.work_maker.works, compiled)


async def _apply(job: Job, plans: Mapping[ClusterName, ChangeSet]) -> dict[ClusterName, tuple[Outcome, ...]]:
    """All members side by side; one member's trouble is in its own outcomes. Even a defect of ours stops nobody else: it is
    raised when the others are done."""
    concurrency, late = job.desired.settings.concurrency, asyncio.Event()

    def obstacle() -> str:
        return _STOPPING if job.stop.is_set() else _LATE if late.is_set() else ""

    carried = {
        name: asyncio.ensure_future(carry_out(plan, job.fleet.clients[name], concurrency, job.progress, obstacle))
        for name, plan in plans.items()
    }
    under_way = set(carried.values())
    while under_way:
        waits = job.options.patience.total_seconds() if job.options.patience and len(under_way) < len(carried) else None
        done, under_way = await asyncio.wait(under_way, timeout=waits, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            late.set()
            await asyncio.wait(under_way)
            break
    return {name: await task for name, task in carried.items()}


def pruned_so_far(passes: Iterable[Pass]) -> dict[ClusterName, int]:
    counts: Counter[ClusterName] = Counter()
    for one in passes:
        for name, outcomes in one.outcomes.items():
            counts[name] += sum(outcome.done and outcome.change.action is Action.PRUNE for outcome in outcomes)
    return dict(counts)


def prune_rules(compiled: Compiled, cluster: str, options: Options, already: int = 0) -> PruneRules:
    """What may be pruned in this pass; nothing is inferred from what cannot be read."""
    desired, recorded = compiled.desired, compiled.recorded
    only = None
    if compiled.protected.files:
        only = frozenset(
            key
            for key, decision in recorded.decisions.items()
            if decision.template_file and decision.template_file not in compiled.protected.files
        )
    return PruneRules(
        guard=desired.settings.prune_guard,
        consent=not options.allow_prune.isdisjoint({cluster, "*"}),
        blocked="" if desired.templates else "the revision declares no resource template at all",
        already=already,
        only=only,
    )


def _plan(compiled: Compiled, work: Work, view: LiveView, job: Job, already: int) -> ChangeSet:
    rules = prune_rules(compiled, work.cluster, job.options, already)
    return plan_cluster(work, view, compiled.desired.settings, rules, compiled.interpreter, job.memo)


def _observe(
    compiled: Compiled,
    works: Mapping[ClusterName, Work],
    outcomes: Mapping[ClusterName, tuple[Outcome, ...]],
    views: Mapping[ClusterName, LiveView | str],
    blind: Mapping[ClusterName, str],
    job: Job,
    now: datetime,
) -> dict[ClusterName, Mapping[ResourceKey, ClusterStatus]]:
    seen: dict[ClusterName, Mapping[ResourceKey, ClusterStatus]] = {}
    for name, why in blind.items():
        wanted = {manifest.key for manifest in works[name].manifests}
        held = {key for key, report in compiled.recorded.reports.items() if report.status_in(name)}
        seen[name] = unreadable(name, sorted(wanted | held), why)
    for name, done in outcomes.items():
        view = views[name]
        if isinstance(view, LiveView):
            seen[name] = statuses(done, view, now, job.fleet.clients[name].tells_health, compiled.interpreter, job.memo)
    return seen


def _not_looked_at(
    recorded: RecordedState, names: Collection[ClusterName]
) -> dict[ClusterName, Mapping[ResourceKey, ClusterStatus]]:
    """For members left out by choice, what was known of them stays."""
    kept: dict[ClusterName, dict[ResourceKey, ClusterStatus]] = {name: {} for name in names}
    for key, report in recorded.reports.items():
        for status in report.statuses:
            if status.cluster in kept:
                kept[status.cluster][key] = status
    return dict(kept)


def _defines_kind(outcome: Outcome) -> bool:
    """Whether members serve another kind now."""
    change = outcome.change
    return is_definition(change.key) and change.action in (Action.CREATE, Action.CONFIGURE) and outcome.done


def _is_on_its_way(status: ClusterStatus) -> bool:
    """Up, or out: what is being deleted counts whether it is wanted or not."""
    return status.health.status is HealthStatus.TERMINATING or (
        status.applied and status.health.status is HealthStatus.IN_PROGRESS
    )


_STOPPING = "the process is about to end; the next one goes on"
_LATE = "left for the next pass: the other members are done"
_PAUSE = 1.0
"""Seconds between passes in which nothing could be done but wait."""
