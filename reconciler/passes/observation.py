"""What the members hold after the writes of a pass, and the status of every object there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from reconciler.interpreter.containers import is_definition
from reconciler.interpreter.precedence import Interpreter
from reconciler.model.changes import Action, Outcome, Skip
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.live import LiveView
from reconciler.model.memo import Memo
from reconciler.model.ordering import declared_key
from reconciler.model.recorded import ClusterStatus
from reconciler.model.work import Work
from reconciler.observe.collector import depend_on_time, held_status, statuses, unread_member, unreadable
from reconciler.passes.apply_all import Outcomes
from reconciler.passes.events import ChangeEvent, Write
from reconciler.passes.fights import Fights
from reconciler.passes.reconciliation import Reconciliation
from reconciler.passes.survey import Survey
from reconciler.passes.waits import order_in, with_waited_for
from reconciler.pipeline.compiled import Compiled
from reconciler.record.discovery import update_discovery
from reconciler.record.fold import reported_statuses
from reconciler.record.next_state import Statuses


async def look_again(reconciliation: Reconciliation, before: Survey, tried: Collection[ChangeEvent]) -> Survey:
    """The survey with new views of the members that were written to, and with new discovery where a kind was defined."""
    fleet, compiled = reconciliation.fleet, before.compiled
    if not tried:
        return before
    written = sorted({event.cluster for event in tried})
    looks = fleet.look(before.works, written, before.straggler_timeout, tracer=reconciliation.options.tracer, step="observe")
    views = {**before.views, **await looks}
    silent = {name: view for name, view in views.items() if isinstance(view, str)}
    if any(map(_defines_kind, tried)):
        found = await fleet.discover(compiled.recorded.clusters, before.straggler_timeout)
        compiled = replace(compiled, recorded=update_discovery(compiled.recorded, reconciliation.desired.clusters, found))
    return replace(before, compiled=compiled, views=views, unreadable={**before.unreadable, **silent})


async def statuses_of(reconciliation: Reconciliation, survey: Survey, outcomes: Outcomes, now: datetime) -> Statuses:
    """The status of each object on each member that was asked, or on which an agent reports. An object on a member that could not
    be read is Unknown; where its change was postponed, the recorded status stays.

    Members that this pass leaves out are missing, and so are those that this process is not configured to reach: that says
    nothing about them.
    """
    found: dict[ClusterName, Mapping[ResourceKey, ClusterStatus]] = {}
    recorded = survey.compiled.recorded
    for name, reason in survey.unreadable.items():
        if name in reconciliation.fleet.not_configured:
            continue
        await reconciliation.turns.take()
        cache = reconciliation.cache.of(name)
        found[name] = cache.latest(_of_unreadable, survey.works[name], recorded.reported_on(name), cache.same(reason))
    for name, done in outcomes.items():
        view = survey.views[name]
        if isinstance(view, LiveView):
            await reconciliation.turns.take()
            kept = _kept_statuses(survey, name, done)
            begun = tuple(outcome for outcome in done if outcome.change.key not in kept) if kept else done
            observed = _observed(reconciliation, survey.compiled, view, begun, now)
            held = _held_statuses(survey, view, now, reconciliation.fleet.clients[name].tells_health)
            unread = _unread_statuses(survey, view)
            of_member = {**unread, **held, **observed, **kept} if unread or held or kept else observed
            of_member = _with_fights(of_member, reconciliation.attempts.fights(name))
            gates = order_in(reconciliation, survey.compiled, survey.works[name]).gates
            found[name] = _as_declared(of_member, survey.works[name]) if gates else of_member
    only = reconciliation.options.only
    for name, report in reconciliation.fleet.reports.items():
        if only is None or name in only:
            await reconciliation.turns.take()
            work, revision = survey.works[name], reconciliation.revision
            found[name] = reported_statuses(work, report, recorded, revision, now, reconciliation.cache.memo)
    return with_waited_for(found, survey.works, survey.plans, recorded, now)


def _of_unreadable(work: Work, reported: Iterable[ResourceKey], reason: str) -> Mapping[ResourceKey, ClusterStatus]:
    """As `unread_member`. What can be done about it is told of the member, and not again of each object."""
    return unread_member(work, reported, reason.partition("\n")[0])


def _as_declared(statuses: Mapping[ResourceKey, ClusterStatus], work: Work) -> Mapping[ResourceKey, ClusterStatus]:
    """By the keys of the templates: what is recorded of a gate is recorded of the Job that Git declares."""
    renamed = {one.key: one.declared for one in work.manifests if one.template is not None}
    return {renamed.get(key, key): status for key, status in statuses.items()}


def statuses_after(
    reconciliation: Reconciliation, compiled: Compiled, view: LiveView, outcomes: Iterable[Outcome], now: datetime
) -> Mapping[ResourceKey, ClusterStatus]:
    """The statuses of the objects of these outcomes, all of which were begun. view: of their member, after the writes."""
    cache, tells_health = reconciliation.cache.of(view.cluster), reconciliation.fleet.clients[view.cluster].tells_health
    observed = statuses(outcomes, view, now, tells_health, compiled.interpreter, cache.memo)
    return _with_fights(observed, reconciliation.attempts.fights(view.cluster))


def _observed(
    reconciliation: Reconciliation, compiled: Compiled, view: LiveView, outcomes: tuple[Outcome, ...], now: datetime
) -> Mapping[ResourceKey, ClusterStatus]:
    """The statuses of the objects of these outcomes; the same mapping as before where neither they nor the view changed."""
    cache, tells_health = reconciliation.cache.of(view.cluster), reconciliation.fleet.clients[view.cluster].tells_health
    if cache.latest(depend_on_time, outcomes):
        return statuses(outcomes, view, now, tells_health, compiled.interpreter, cache.memo)
    return cache.latest(_timeless, outcomes, view, tells_health, compiled.interpreter, cache.memo, now=now)


def _timeless(
    outcomes: tuple[Outcome, ...], view: LiveView, tells_health: bool, interpreter: Interpreter, memo: Memo, *, now: datetime
) -> Mapping[ResourceKey, ClusterStatus]:
    return statuses(outcomes, view, now, tells_health, interpreter, memo)


def _with_fights(statuses: Mapping[ResourceKey, ClusterStatus], fights: Fights) -> Mapping[ResourceKey, ClusterStatus]:
    """The statuses, with the fights in the messages of objects that are applied again and again."""
    contested = {key: replace(statuses[key], message=fight.message) for key, fight in fights.items() if key in statuses}
    return {**statuses, **contested} if contested else statuses


def _unread_statuses(survey: Survey, view: LiveView) -> dict[ResourceKey, ClusterStatus]:
    """Recorded objects that this member may still hold, and that could not be read. No change is planned for one that is no
    longer wanted there, and without a status it would count as gone."""
    if not view.unread:
        return {}
    reasons = {key: view.unread.reason(key) for key in survey.compiled.recorded.reported_on(view.cluster)}
    return {key: unreadable(view.cluster, [key], reason)[key] for key, reason in reasons.items() if reason}


def _held_statuses(survey: Survey, view: LiveView, now: datetime, tells_health: bool) -> dict[ResourceKey, ClusterStatus]:
    """The copies that stay as they are on this member. No change is planned for them, so they are in no outcome."""
    found: dict[ResourceKey, ClusterStatus] = {}
    compiled = survey.compiled
    held = survey.works[view.cluster].held
    jobs = [key for key in view.objects if key.kind == "Job"] if held else []
    gates = {declared_key(key, view.objects[key]): key for key in sorted(jobs)}
    for key in held:
        last = compiled.recorded.report_of(key).status_in(view.cluster)
        there = gates.get(key, key)
        ours = there in view.objects and view.is_ours(there, compiled.desired.settings.instance)
        if (ours or last is not None) and not view.unread.reason(key):
            live = view.objects[there] if ours else None
            found[key] = held_status(last, live, view.cluster, now, tells_health, compiled.interpreter)
    return found


def _kept_statuses(survey: Survey, name: ClusterName, outcomes: Collection[Outcome]) -> dict[ResourceKey, ClusterStatus]:
    """The recorded statuses of the objects whose changes were postponed, and of gates that ran: this pass learned nothing about
    them."""
    recorded = survey.compiled.recorded
    declared = {
        outcome.change.key: outcome.change.desired.declared if outcome.change.desired is not None else outcome.change.key
        for outcome in outcomes
        if outcome.postponed or (isinstance(outcome.change, Skip) and outcome.change.ran)
    }
    found = {key: recorded.report_of(one).status_in(name) for key, one in declared.items()}
    return {key: status for key, status in found.items() if status is not None}


def _defines_kind(event: ChangeEvent) -> bool:
    """Whether the member serves another kind from now on."""
    return isinstance(event, Write) and event.action in (Action.CREATE, Action.CONFIGURE) and is_definition(event.key)
