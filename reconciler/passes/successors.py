"""What must not run twice is removed only when its successor is known to be accepted.

A move of a StatefulSet, a Job or a claim removes the old copy first (`transition/handover.py`). If the other member then refuses
the new one, because of a quota, a webhook or a field that may not change, there is none at all. So each successor is tried by a
dry run before the plan that removes the old copy is carried out, or printed. A successor that its policy suspends is not created
either, so it keeps the old copy, too.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, replace

from reconciler.cluster.member_protocol import MemberError
from reconciler.interpreter.precedence import Interpreter
from reconciler.model.binding import Binding
from reconciler.model.changes import Action, Change, ChangeSet, Configure, Create, DeletionPropagation, Prune, Skip
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.live import LiveView
from reconciler.model.memo import Memo
from reconciler.model.tracing import member
from reconciler.model.work import Work
from reconciler.passes.reconciliation import Reconciliation
from reconciler.passes.tenants import account_of
from reconciler.passes.unsealing import trial_with_values
from reconciler.pipeline.compiled import Compiled, CompiledTemplate
from reconciler.pipeline.render import render_placements
from reconciler.plan.kept_removals import without_removals
from reconciler.plan.mask_text import masked_refusal
from reconciler.plan.plan_cluster import plan_cluster
from reconciler.plan.prerequisites import dependencies
from reconciler.plan.prune import PruneRules


@dataclass(frozen=True, slots=True)
class _Fleet:
    """What the plans were made from."""

    compiled: Compiled
    works: Mapping[ClusterName, Work]
    views: Mapping[ClusterName, LiveView | str]
    plans: Mapping[ClusterName, ChangeSet]


async def keep_predecessors(
    reconciliation: Reconciliation,
    compiled: Compiled,
    works: Mapping[ClusterName, Work],
    views: Mapping[ClusterName, LiveView | str],
    plans: Mapping[ClusterName, ChangeSet],
) -> dict[ClusterName, ChangeSet]:
    """The plans, with a skip in place of each removal whose successor a member would refuse."""
    fleet = _Fleet(compiled, works, views, plans)
    moving = {change.key for plan in plans.values() for change in plan.of(Action.PRUNE) if _runs_once(change)}
    items = [item for key in sorted(moving) if (item := compiled.templates.get(key)) is not None]
    refusals = await asyncio.gather(*[_refusal(reconciliation, item, fleet) for item in items])
    found = zip(items, refusals, strict=True)
    reasons = {item.template.key: f"its successor would be refused: {reason}" for item, reason in found if reason}
    return {name: _keep(plan, reasons, compiled.interpreter) if reasons else plan for name, plan in plans.items()}


def _keep(plan: ChangeSet, reasons: Mapping[ResourceKey, str], interpreter: Interpreter) -> ChangeSet:
    once = {change.key for change in plan.of(Action.PRUNE) if _runs_once(change)}
    return without_removals(plan, {key: reason for key, reason in reasons.items() if key in once}, interpreter)


def _runs_once(change: Change) -> bool:
    return isinstance(change, Prune) and change.propagation is DeletionPropagation.FOREGROUND


async def _refusal(reconciliation: Reconciliation, item: CompiledTemplate, fleet: _Fleet) -> str:
    """Why a member would refuse its new copy; empty where every new copy would be accepted."""
    decision = item.decided.scheduling
    if not isinstance(decision, Binding):
        return ""
    lacking = _lacking(item, decision, fleet)
    if not lacking:
        return ""
    # The object may exist there and be somebody else's; a member is asked for it only where it is wanted.
    views = await reconciliation.fleet.look(fleet.works, lacking, also={item.template.key: item.template.gvk})
    account = account_of(item.template.key, fleet.compiled)
    seen = replace(fleet, views={**fleet.views, **views})
    async for name, change in _successors(reconciliation, item, decision, lacking, seen):
        client = reconciliation.fleet.clients.get(name)
        if isinstance(change, str):
            return f"{name}: {change}"
        if isinstance(change, Skip):
            return f"{name}: {change.reason}"
        if client is None or not isinstance(change, Create | Configure):
            continue
        try:
            with reconciliation.options.tracer.step("dry run", {**member(name), "reconciler.objects": 1}):
                await client.acting_as(account).preview(change.expected, change.live)
        except MemberError as error:
            said = masked_refusal(change, str(error))
            return said if said.startswith(f"{name}: ") else f"{name}: {said}"
    return ""


async def _successors(
    reconciliation: Reconciliation,
    item: CompiledTemplate,
    decision: Binding,
    lacking: Collection[ClusterName],
    fleet: _Fleet,
) -> AsyncIterator[tuple[ClusterName, Change | str]]:
    """The members that are to get a copy and have none, each with the change there; a sentence where it is unknown."""
    key, desired = item.template.key, fleet.compiled.desired
    placed = replace(item.placed, binding=decision, targets=decision.targets)
    only = replace(
        desired,
        templates=(item.template,),
        clusters=tuple(cluster for cluster in desired.clusters if cluster.name in lacking),
    )
    rendering = render_placements({key: placed}, only, fleet.compiled.interpreter, Memo())[key]
    for name in lacking:
        view = fleet.views[name]
        if name in rendering.failed:
            yield name, rendering.failed[name].message
        elif isinstance(view, str):
            yield name, "it cannot be read now"
        elif name in rendering.manifests:
            work = Work(name, (rendering.manifests[name],), suspended=fleet.works[name].suspended)
            work = await trial_with_values(reconciliation, fleet.compiled, work)
            rules = PruneRules(blocked="this is a trial of one object")
            plan = plan_cluster(work, view, desired.settings, rules, fleet.compiled.interpreter)
            creations = (*plan.of(Action.CREATE), *fleet.plans[name].of(Action.CREATE))
            for one in plan.changes:
                if one.key == key and not _waits_for_container(one, creations):
                    yield name, one


def _lacking(item: CompiledTemplate, decision: Binding, fleet: _Fleet) -> list[ClusterName]:
    """The targets that hold no copy of ours."""
    key, instance = item.template.key, fleet.compiled.desired.settings.instance
    targets = (target.name for target in decision.targets)
    return [name for name in targets if name in fleet.views and not _holds(fleet.views[name], key, instance)]


def _holds(view: LiveView | str, key: ResourceKey, instance: str) -> bool:
    return isinstance(view, LiveView) and key in view.objects and view.is_ours(key, instance)


def _waits_for_container(change: Change, creations: Collection[Change]) -> bool:
    """Whether a dry run would fail because the same sync creates its Namespace or its definition."""
    others = tuple(one for one in creations if one.key != change.key)
    return bool(dependencies((others, (change,))).get(change.key))
