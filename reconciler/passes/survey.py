"""Everything that is decided before the first write: what the members hold, and what would change on them.

Discover the members, compile the revision, add copies to the recorded state that it does not know, look at the members, plan,
and ask them about drift that is only suspected. `sync` and `run` carry out the plans; `sync --dry-run` and `diff --live` have the
members try them by dry runs and print them.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from reconciler.cluster.member_protocol import MemberUnreachableError
from reconciler.model.changes import ChangeSet
from reconciler.model.desired import DesiredState
from reconciler.model.eviction import EvictionPhase, EvictionTask, task_on
from reconciler.model.keys import ClusterName, GroupVersionKind, ResourceKey
from reconciler.model.live import LiveView
from reconciler.model.member_report import MemberReport
from reconciler.model.recorded import RecordedState
from reconciler.model.tracing import member
from reconciler.model.work import Work
from reconciler.passes.capacity import depends_on_capacity, with_capacities, with_newest
from reconciler.passes.dry_run import preview_writes
from reconciler.passes.options import Options
from reconciler.passes.reconciliation import Reconciliation
from reconciler.passes.successors import keep_predecessors
from reconciler.passes.sweeps import may_wait, must_not_wait, other_servers
from reconciler.passes.tenants import NOTHING_PRUNED, Pruned, with_accounts, within_limits
from reconciler.passes.unsealing import with_values
from reconciler.passes.waits import ordered, strangers
from reconciler.pipeline.compiled import Compiled
from reconciler.plan.drift import reported, with_deletions
from reconciler.plan.mask_text import without_values
from reconciler.plan.plan_cluster import plan_cluster
from reconciler.plan.prune import PruneRules, no_template_refusal
from reconciler.record.discovery import update_discovery
from reconciler.record.fold import with_reported_facts
from reconciler.record.lost_copies import without_lost_copies
from reconciler.record.next_state import assume_applied
from reconciler.record.rebuild import is_lost, unread_members, with_found_copies
from reconciler.transition.renamed import find_readdressed

Views = Mapping[ClusterName, LiveView | str]
"""What each member holds; a sentence for a member that cannot be read."""


@dataclass(frozen=True, slots=True)
class Survey:
    """The state of the fleet, and the plan for each member."""

    compiled: Compiled
    """What is planned. `compiled.recorded` is the state that it was scheduled from."""
    base: Compiled
    """What the revision itself comes to; `compiled` is another one only where a proposal is surveyed."""
    works: Mapping[ClusterName, Work]
    """What each member must hold according to `compiled`, members in order of their names."""
    views: Views
    """Of the members that this pass touches, in order of their names."""
    plans: Mapping[ClusterName, ChangeSet]
    """Of the members that could be read, in order of their names."""
    unreadable: Mapping[ClusterName, str]
    """Members that could not be read, or not to the end, and the reason."""
    straggler_timeout: timedelta | None
    """`Options.straggler_timeout`; None where the recorded state was lost: all members are then waited for."""


async def survey(
    reconciliation: Reconciliation,
    recorded: RecordedState,
    now: datetime,
    pruned: Pruned = NOTHING_PRUNED,
    proposal: DesiredState | None = None,
) -> Survey:
    """Writes nothing to a member. Raises what the compiler raises; an unreachable member is part of the result.

    pruned: what earlier passes of the same sync have pruned.
    proposal: another revision to survey in place of `Reconciliation.desired`. It is scheduled from what the revision decides, and
    both are compiled as if every handover were complete. Clusters that only the proposal declares count as empty, without drift.
    """
    options = reconciliation.options
    reconciliation.fleet.changed.clear()
    reconciliation.fleet.take_named()
    lost = is_lost(recorded)
    # Without a record, a handover must know the copies on every member. There is time to wait for all of them.
    straggler_timeout = None if lost else options.straggler_timeout
    base, views = await _compile(reconciliation, recorded, now, straggler_timeout, proposal)
    compiled = base
    if proposal is not None:
        compiled = await reconciliation.compiler.compile(proposal, assume_applied(base), now, settled=True)
    works = await _works(reconciliation, compiled)
    reachable = {*base.cluster_names, *reconciliation.fleet.clients}
    pulled = reconciliation.fleet.pulled
    names = [name for name in works if name not in pulled and (options.only is None or name in options.only)]
    if proposal is not None or not lost:
        asked = [name for name in names if name in reachable]
        views = await reconciliation.fleet.look(works, asked, straggler_timeout, tracer=options.tracer)
    views = {name: views[name] if name in reachable else LiveView(name) for name in names}
    seen = base.recorded
    plans = await _plans(reconciliation, compiled, seen, works, views, pruned.members)
    known = without_lost_copies(compiled.recorded, views, plans)
    if proposal is None and known is not compiled.recorded:  # Decided anew, with what is really there.
        with options.tracer.step("compile"):
            base = compiled = await reconciliation.compiler.compile(reconciliation.desired, known, now)
        works = await _works(reconciliation, compiled)
        views = await reconciliation.fleet.look(works, names, straggler_timeout, tracer=options.tracer)
        plans = await _plans(reconciliation, compiled, seen, works, views, pruned.members)
    same = reachable - find_readdressed(base.recorded, base.desired.clusters, base.renamed).keys()  # Another server lost nothing.
    plans = {name: reported(with_deletions(plan, seen) if name in same else plan) for name, plan in plans.items()}
    plans = within_limits(plans, compiled, options, pruned.tenants)
    plans = await keep_predecessors(reconciliation, compiled, works, views, plans)
    plans = ordered(reconciliation, compiled, works, views, plans, now)
    unreadable = {name: view for name, view in views.items() if isinstance(view, str)}
    if options.dry_run:
        plans, silent = await _previews(reconciliation, plans, views)
        unreadable = dict(sorted({**unreadable, **silent}.items()))
    return Survey(compiled, base, works, views, plans, unreadable, straggler_timeout)


async def _compile(
    reconciliation: Reconciliation,
    recorded: RecordedState,
    now: datetime,
    straggler_timeout: timedelta | None,
    proposal: DesiredState | None,
) -> tuple[Compiled, Views]:
    """The revision, compiled from what was recorded, what the members serve, and what members hold that were never read under
    their names. Where the record is lost, these are all members, and their views are returned; members that the user left out are
    included."""
    desired, fleet, compiler = reconciliation.desired, reconciliation.fleet, reconciliation.compiler
    tracer, only, settled = reconciliation.options.tracer, reconciliation.options.only, proposal is not None
    if reconciliation.options.sweeps_later:
        fleet.postpone_sweeps(may_wait(recorded))
    with tracer.step("discover"):
        found = await fleet.discover(recorded.clusters, straggler_timeout)
        known = update_discovery(recorded, desired.clusters, found)
        new = [name for name in found if name not in fleet.wanted and (only is None or name in only)]
        await fleet.read_ahead(_recorded_kinds(desired, recorded, new))
    fleet.sweep_first.clear()
    fleet.sweep_first.update(other_servers(recorded, known))
    known = with_reported_facts(known, desired.clusters, fleet.reports)
    known, newest = await with_capacities(reconciliation, known, now, straggler_timeout, proposal)
    with tracer.step("compile") as span:
        compiled = await compiler.compile(desired, known, now, settled=settled)
        if newest is not known and depends_on_capacity(compiled):
            compiled = with_newest(compiled, await compiler.compile(desired, newest, now, settled=settled))
        span.note({"reconciler.templates": len(compiled.templates), "reconciler.issues": len(compiled.issues)})
    lost, unread = is_lost(recorded), unread_members(compiled)
    reports = {
        name: report
        for name, report in fleet.reports.items()
        if isinstance(report, MemberReport) and report.facts.ready and (lost or (name in unread and not report.silent_since(now)))
    }
    unread -= fleet.pulled.keys() - reports.keys()
    if not lost and not unread:
        return compiled, {}
    works = await _works(reconciliation, compiled)
    # All members, so that a member that does not answer is a straggler among others that do.
    views = await fleet.look(works, [name for name in works if name not in fleet.pulled], straggler_timeout, tracer=tracer)
    held = views if lost else {name: view for name, view in views.items() if name in unread}
    with tracer.step("compile"):
        # In a thread, as all objects of a large fleet are read.
        known = await asyncio.to_thread(with_found_copies, compiled, held, reports)
        compiled = await compiler.compile(desired, known, now, settled=settled)
    return compiled, views if lost else {}


def _recorded_kinds(
    desired: DesiredState, recorded: RecordedState, names: Collection[ClusterName]
) -> dict[ClusterName, set[GroupVersionKind]]:
    """By member, of these that hold something by the record: the kinds of that, in the versions of the templates. Charts and
    such are not expanded yet, so their objects are missing."""
    kinds: defaultdict[ClusterName, set[GroupVersionKind]] = defaultdict(set)
    for template in desired.templates if names else ():
        decision = recorded.decisions.get(template.key)
        if decision is not None and not template.is_expanded:
            for target in decision.binding.targets:
                kinds[target.name].add(template.gvk)
    return {name: kinds[name] for name in names if name in kinds}


async def _works(reconciliation: Reconciliation, compiled: Compiled) -> Mapping[ClusterName, Work]:
    """With the values of encrypted files. The same work as before for a member of which nothing changed."""
    maker, cache = reconciliation.work_maker, reconciliation.cache
    # In a thread: for a large fleet it takes a while, and watches must go on.
    works = maker.works(compiled) if maker.is_made(compiled) else await asyncio.to_thread(maker.works, compiled)
    works = {name: cache.of(name).same_work(work) for name, work in works.items()}
    works = cache.same_mapping("works", await with_values(reconciliation, compiled, works))
    fleet = reconciliation.fleet
    found = await strangers(reconciliation, compiled, works, compiled.recorded.clusters)
    fleet.strangers.clear()
    fleet.strangers.update(found)
    if any(client.owes_sweep for client in fleet.clients.values()):
        fleet.sweep_first.update(must_not_wait(compiled))
    return works


async def _plans(
    reconciliation: Reconciliation,
    compiled: Compiled,
    seen: RecordedState,
    works: Mapping[ClusterName, Work],
    views: Views,
    pruned: Mapping[ClusterName, int],
) -> dict[ClusterName, ChangeSet]:
    """One plan for each member that could be read, without the drift that its member does not confirm.

    seen: what the last pass left.
    """

    async def plan(name: ClusterName, view: LiveView) -> ChangeSet:
        await reconciliation.turns.take()
        rules = prune_rules(compiled, name, reconciliation.options, pruned.get(name, 0))
        blocked = reconciliation.seen[name].why_not_pruned(compiled.recorded.clusters.get(name)) if reconciliation.seen else ""
        known = frozenset(seen.reported_on(name) if view.unread else ())
        client, cache = reconciliation.fleet.clients.get(name), reconciliation.cache.of(name)
        rules = cache.same(replace(rules, blocked=blocked or rules.blocked, recorded=known))
        settings, interpreter = cache.same(compiled.desired.settings), compiled.interpreter
        if client is not None:
            view = await reconciliation.lost_owners.restore(view, works[name], settings.instance, client, cache)
        await reconciliation.turns.take()
        with tracer.step("plan", member(name)) as span:
            changes = cache.latest(plan_cluster, works[name], view, settings, rules, interpreter, cache.memo)
            changes = with_accounts(changes, compiled)
            if client is not None:
                changes = await reconciliation.drift_check.confirm(changes, view, client, tracer)
            span.note({"reconciler.changes": len(changes.writes)})
        return without_values(changes)

    tracer = reconciliation.options.tracer
    reconciliation.drift_check.forget_others(works)
    reconciliation.lost_owners.forget_others(works)
    readable = {name: view for name, view in views.items() if isinstance(view, LiveView)}
    plans = await asyncio.gather(*[plan(name, view) for name, view in readable.items()])
    return dict(zip(readable, plans, strict=True))


async def _previews(
    reconciliation: Reconciliation, plans: Mapping[ClusterName, ChangeSet], views: Views
) -> tuple[dict[ClusterName, ChangeSet], dict[ClusterName, str]]:
    """The plans after dry runs, and the members that stopped answering, with the reason: nothing is known of them."""

    async def preview(name: ClusterName, plan: ChangeSet) -> ChangeSet | str:
        view, client = views[name], reconciliation.fleet.clients.get(name)
        if client is None or not isinstance(view, LiveView):
            return plan
        try:
            return without_values(await preview_writes(plan, view, client))
        except MemberUnreachableError as error:
            return error.message

    answers = dict(zip(plans, await asyncio.gather(*[preview(name, plan) for name, plan in plans.items()]), strict=True))
    return (
        {name: plan for name, plan in answers.items() if not isinstance(plan, str)},
        {name: reason for name, reason in answers.items() if isinstance(reason, str)},
    )


def prune_rules(compiled: Compiled, cluster: str, options: Options, pruned: int = 0) -> PruneRules:
    """What this pass may prune from a member. Nothing is concluded from a file that cannot be read.

    pruned: how many objects earlier passes of the same sync have pruned from it.
    """
    desired, recorded = compiled.desired, compiled.recorded
    only, unexpanded = None, compiled.needs.unknown_on.get(ClusterName(cluster), ())
    if compiled.protected.files or unexpanded:
        only = frozenset(
            key
            for key, decision in recorded.decisions.items()
            if decision.template_file
            and decision.template_file not in compiled.protected.files
            and decision.parent not in unexpanded
        )
    return PruneRules(
        guard=desired.settings.prune_guard,
        consent=not options.allow_prune.isdisjoint({cluster, "*"}),
        blocked="" if desired.templates or cluster in options.allow_empty else no_template_refusal(cluster),
        already=pruned,
        only=only,
        taken=_taken_from(compiled, cluster),
        broken=tuple(sorted(desired.broken_files or compiled.protected.files)),
        unexpanded=unexpanded,
    )


def _taken_from(compiled: Compiled, cluster: str) -> frozenset[ResourceKey]:
    """The objects that an eviction took from this member. What returns to it is placed there like any other object."""
    return frozenset(key for key, item in compiled.templates.items() if _took(item.decided.eviction.tasks, cluster))


def _took(tasks: tuple[EvictionTask, ...], cluster: str) -> bool:
    task = task_on(tasks, cluster) if tasks else None
    return task is not None and task.phase is not EvictionPhase.RETURNING
