"""Corrects drift of single objects at once, without a pass: only these objects are read, planned and written.

What decides is the last pass: its manifests, its suspensions, its pauses. An object is left to the next pass where there is more
to it than that another client changed or deleted it: it moves, it is suspended, it is not ours, its pause has not ended, it is
created again and has its place in an order, it is no drift at all. A pass follows in any case; it looks at everything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from reconciler.cluster.member_protocol import MemberClient, MemberError
from reconciler.interpreter.containers import namespace_key
from reconciler.model.changes import Change, ChangeSet, Configure, Create
from reconciler.model.former_managers import OWNERS
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.live import LiveView
from reconciler.model.manifest import sequence
from reconciler.model.recorded import NO_REPORT, RecordedState
from reconciler.passes.apply_all import Outcomes, apply_all
from reconciler.passes.events import Event, change_events, fight_events
from reconciler.passes.observation import statuses_after
from reconciler.passes.passes import Pass
from reconciler.passes.reconciliation import Reconciliation
from reconciler.passes.stragglers import answers_of
from reconciler.passes.tenants import with_accounts
from reconciler.passes.waits import order_in
from reconciler.pipeline.compiled import Compiled, CompiledTemplate
from reconciler.plan.drift import with_deletions
from reconciler.plan.mask_text import without_values
from reconciler.plan.member_order import MemberOrder
from reconciler.plan.plan_cluster import plan_objects
from reconciler.plan.prerequisites import dependencies
from reconciler.record.next_state import Statuses
from reconciler.record.reports import record_report

_MOST = 16
"""How many objects of one member are corrected without a pass. For more of them, a pass costs less."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What was done about objects that other clients changed."""

    recorded: RecordedState
    """What the next pass starts from."""
    complete: bool = False
    """Whether all of the objects were corrected. Otherwise a pass has to look at the rest soon."""
    outcomes: Outcomes = field(default_factory=dict)
    """Of the writes that were made, and of those that failed; members without any are absent."""
    events: tuple[Event, ...] = ()
    """What happened; see `events.py`."""


async def correct(
    reconciliation: Reconciliation,
    last: Pass,
    recorded: RecordedState,
    named: Mapping[ClusterName, Collection[ResourceKey]],
) -> Correction:
    """Never raises for a member or an object. last: the last pass over the same revision. recorded: what it left, with the
    corrections since then. named: the objects, by member."""
    now, attempts = reconciliation.clock(), reconciliation.attempts
    questions = {name: _plan(reconciliation, last, recorded, name, keys) for name, keys in named.items()}
    plans = await answers_of(questions, reconciliation.options.straggler_timeout)
    by_name = {name: plan for name, plan in plans.items() if plan is not None and plan.writes}
    if not by_name:
        return Correction(recorded)
    tried = await apply_all(reconciliation, by_name)
    outcomes = {name: tuple(one for one in of_member if not one.postponed) for name, of_member in tried.items()}
    outcomes = {name: of_member for name, of_member in outcomes.items() if of_member}
    for name, of_member in outcomes.items():
        attempts.note_some(name, of_member)
    events: tuple[Event, ...] = (*change_events(outcomes), *fight_events(outcomes, attempts))
    statuses = await _statuses(reconciliation, last.compiled, outcomes, now)
    corrected = {name: {one.change.key for one in of_member if one.done} for name, of_member in outcomes.items()}
    complete = all(corrected.get(name) == set(keys) for name, keys in named.items()) and statuses.keys() == outcomes.keys()
    return Correction(_with_statuses(recorded, last.compiled, statuses, now), complete, outcomes, events)


async def _plan(
    reconciliation: Reconciliation, last: Pass, recorded: RecordedState, name: ClusterName, keys: Collection[ResourceKey]
) -> ChangeSet | None:
    """The corrections of those of the objects that a pass would correct in the same way; None where there are none."""
    client, work = reconciliation.fleet.clients.get(name), last.works.get(name)
    compiled = last.compiled
    if client is None or work is None or name not in last.plans or name in last.unreadable or len(keys) > _MOST:
        return None
    wanted = [key for key in keys if _is_at_rest(compiled.templates.get(key))]
    try:
        view = await client.look_at(wanted) if wanted else None
        if view is None:
            return None
        reported = {manifest.key for manifest in work.manifests if manifest.write_policy.reports}
        wanted = [key for key in wanted if key not in reported]  # A pass reports their drift.
        there = [key for key in wanted if not key.namespace or namespace_key(key.namespace) in view.objects]
        settings, memo = compiled.desired.settings, reconciliation.cache.of(name).memo
        plan = plan_objects(work, view, there, settings, compiled.interpreter, memo)
        order = order_in(reconciliation, compiled, work)
        plan = _only(plan, lambda change: _is_known_drift(change, order))
        plan = with_deletions(with_accounts(plan, compiled), recorded, whole=False)
        plan = await reconciliation.drift_check.confirm(plan, view, client, reconciliation.options.tracer, whole=False)
    except MemberError:
        return None  # The pass meets it again, and reports it.
    return without_values(_only(plan, lambda change: change.drift))


def _is_at_rest(item: CompiledTemplate | None) -> bool:
    """Whether its copies neither move nor wait for each other."""
    return item is not None and not (item.decided.transition.leaving or item.decided.transition.waits_for)


def _is_known_drift(change: Change, order: MemberOrder) -> bool:
    """Whether it may correct drift, the member knows who owns the fields of the object (`lost_owners.py`), and the object needs
    no others first."""
    if isinstance(change, Configure):
        return change.drift and bool(sequence(change.live, *OWNERS))
    return isinstance(change, Create) and not order.has_place(change.key)


def _only(plan: ChangeSet, accepts: Callable[[Change], bool]) -> ChangeSet:
    """The plan without the changes that are not accepted."""
    stages = tuple(tuple(change for change in stage if accepts(change)) for stage in plan.stages)
    return replace(plan, stages=stages, dependencies=dependencies(stages))


async def _statuses(reconciliation: Reconciliation, compiled: Compiled, outcomes: Outcomes, now: datetime) -> Statuses:
    """Of these objects after the writes. Members that cannot tell are missing."""

    async def look(client: MemberClient, keys: Collection[ResourceKey]) -> LiveView | None:
        try:
            return await client.look_at(keys)
        except MemberError:
            return None

    clients = reconciliation.fleet.clients
    keys = {name: [outcome.change.key for outcome in of_member] for name, of_member in outcomes.items()}
    views = await asyncio.gather(*[look(clients[name], of_member) for name, of_member in keys.items()])
    return {
        name: statuses_after(reconciliation, compiled, view, outcomes[name], now)
        for name, view in zip(keys, views, strict=True)
        if view is not None
    }


def _with_statuses(recorded: RecordedState, compiled: Compiled, statuses: Statuses, now: datetime) -> RecordedState:
    """The state with these statuses in place of those that it has."""
    reports = dict(recorded.reports)
    for name, of_member in statuses.items():
        for key, status in of_member.items():
            last = reports.get(key, NO_REPORT)
            others = (one for one in last.statuses if one.cluster != name)
            before = last.status_in(name)
            since = before.waited_for_since if before is not None and before.digest == status.digest else None
            waited_for = replace(status, waited_for_since=since) if since is not None else status
            if before is not None and before.waits_since:
                waited_for = replace(waited_for, waits_since=before.waits_since)
            merged = tuple(sorted((*others, waited_for), key=lambda one: one.cluster))
            reports[key] = record_report(compiled.templates[key], merged, last, compiled.interpreter, now=now)
    return replace(recorded, reports=dict(sorted(reports.items())))
