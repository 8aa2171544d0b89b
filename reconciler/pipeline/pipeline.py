"""The pure part of a pass: one revision and the recorded state in, the manifests for every cluster out.

Three steps, each a function in a module of its own: decide (claim → schedule → transition, for each template by itself), follow
(dependencies go where the workloads are that require them), render. An agent takes the first two from the record (`recall.py`).
It reads no clock and no disk: the same values give the same
result, on any machine, in any order.

What Charts expand to is known after the third step. Where it matters to decisions, the steps are taken twice (`contents.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from reconciler.claim.claims import index_policies
from reconciler.model.desired import DesiredState
from reconciler.model.expansion import NO_EXPANSIONS, Expansions
from reconciler.model.issues import Issue
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import annotations_of
from reconciler.model.memo import Memo
from reconciler.model.recorded import RecordedDecision, RecordedState
from reconciler.model.suspended import suspended_in
from reconciler.pipeline.autoscalers import with_target_shares
from reconciler.pipeline.children import NO_CHILDREN, Children, expand
from reconciler.pipeline.compiled import Compiled, CompiledTemplate
from reconciler.pipeline.contents import with_contents, with_counted
from reconciler.pipeline.decide import Decided, Decisions, decide
from reconciler.pipeline.follow import Placed, Placements, follow, hold_unreadable
from reconciler.pipeline.issues import issues_of
from reconciler.pipeline.namespaces import follow_objects, follows_objects
from reconciler.pipeline.recall import recall
from reconciler.pipeline.render import render_placements
from reconciler.pipeline.rollouts import plan_rollouts, recorded_rollouts
from reconciler.pipeline.snapshot import Snapshot, take_snapshot
from reconciler.pipeline.staged import Rollouts, with_pinned_templates
from reconciler.render.render_template import Rendering
from reconciler.transition.protection import still_declared
from reconciler.transition.suspension import Terms, suspension_ends, terms_of


def compile_state(
    desired: DesiredState,
    recorded: RecordedState,
    now: datetime,
    memo: Memo,
    expansions: Expansions = NO_EXPANSIONS,
    *,
    settled: bool = False,
) -> Compiled:
    """expansions: what is known of the results of helm and kustomize. settled: as if every handover were over; what `render` and
    `diff` show."""
    snapshot = take_snapshot(desired, recorded, now, memo, settled=settled)
    rollouts = plan_rollouts(snapshot, memo)
    snapshot = with_pinned_templates(snapshot, rollouts, memo)
    outcome = first = _three_steps(snapshot, rollouts, memo, expansions)
    needs = outcome.children.needs
    knowing = with_contents(snapshot, outcome.children, memo)
    if knowing is not snapshot:  # Decided again, with what is inside of Charts.
        snapshot, outcome = knowing, _three_steps(knowing, rollouts, memo, expansions)
        needs = needs.followed_by(outcome.children.needs)
    decisions = outcome.decisions
    children = replace(outcome.children, templates=with_counted(outcome.children.templates, decisions.quotas.formats, memo))
    templates, unreadable = _with_children(outcome.templates, outcome.unreadable, children)
    return Compiled(
        snapshot.desired,
        snapshot.recorded,
        snapshot.interpreter,
        snapshot.protected,
        templates,
        issues_of(templates, (*outcome.issues, *children.issues), unreadable, snapshot, memo, decisions.evictions.paused),
        unreadable,
        _removed_templates(snapshot, {*templates, *unreadable}, memo),
        snapshot.taints,
        snapshot.stated_taints,
        snapshot.renamed,
        decisions.evictions,
        rollouts,
        snapshot.halt,
        _suspension_ends(snapshot),
        decisions.quotas.uses,
        decisions.descheduling,
        needs,
        _refused_families(first.children, templates),
    )


def _refused_families(first: Children, templates: Mapping[ResourceKey, CompiledTemplate]) -> dict[ResourceKey, CompiledTemplate]:
    """first: of the first decision. templates: those of the last one."""
    gone = {
        item.template.parent.key
        for key, item in first.templates.items()
        if item.template.parent is not None and key not in templates
    }
    refused = {key for key in gone if not templates[key].placed.targets}
    return {
        key: item
        for key, item in first.templates.items()
        if key in refused or (item.template.parent is not None and item.template.parent.key in refused)
    }


@dataclass(frozen=True, slots=True)
class _Outcome:
    """Of the three steps."""

    decisions: Decisions
    templates: dict[ResourceKey, CompiledTemplate]
    children: Children
    unreadable: Mapping[ResourceKey, RecordedDecision]
    issues: tuple[Issue, ...]


def _three_steps(snapshot: Snapshot, rollouts: Rollouts, memo: Memo, expansions: Expansions) -> _Outcome:
    decisions = decide(snapshot, memo, rollouts)
    unreadable = still_declared(snapshot.protected, snapshot.recorded, decisions.by_key)
    placements = follow(decisions.by_key, unreadable, snapshot, memo, rollouts.staged)
    decided, by_key, renderings = _rendered(decisions.by_key, placements, unreadable, NO_CHILDREN, snapshot, rollouts, memo)
    children = expand(decided, by_key, renderings, snapshot, rollouts, memo, expansions)
    if (children.templates or children.staying) and follows_objects(snapshot):  # Their Namespaces, too, go where they go.
        decided, by_key, renderings = _rendered(decisions.by_key, placements, unreadable, children, snapshot, rollouts, memo)
    rows = (list(decided.values()), [by_key[key] for key in decided], [renderings[key] for key in decided])
    templates = dict(zip(decided, memo.each(_compiled, rows, memo=memo), strict=True))
    return _Outcome(decisions, templates, children, unreadable, placements.issues)


def _rendered(
    decided: dict[ResourceKey, Decided],
    placements: Placements,
    unreadable: Mapping[ResourceKey, RecordedDecision],
    children: Children,
    snapshot: Snapshot,
    rollouts: Rollouts,
    memo: Memo,
) -> tuple[dict[ResourceKey, Decided], Mapping[ResourceKey, Placed], Mapping[ResourceKey, Rendering]]:
    """What was decided, the placements and the renderings, after the Namespaces have followed their objects. children: as far as
    they are known."""
    decided, placements = follow_objects(decided, placements, unreadable, children, snapshot, memo)
    by_key = hold_unreadable(placements.by_key, rollouts.staged, snapshot.earlier, memo)
    by_key = with_target_shares(by_key, decided, unreadable, snapshot, memo)
    staged = rollouts.staged, snapshot.earlier
    return decided, by_key, render_placements(by_key, snapshot.desired, snapshot.interpreter, memo, *staged)


def compile_decided(
    desired: DesiredState, recorded: RecordedState, now: datetime, memo: Memo, expansions: Expansions = NO_EXPANSIONS
) -> Compiled:
    """What the record decides for some members, in place of what this revision would decide: nothing is scheduled.

    desired: the revision that the record names, with these members alone. The result declares no others, and has no issues: who
    decides reports them.
    """
    snapshot = take_snapshot(desired, recorded, now, memo)
    names = {one.name for one in desired.clusters}
    own = memo.tuple(one for one in snapshot.desired.clusters if one.name in names)
    earlier = {commit: replace(one, clusters=own) for commit, one in snapshot.earlier.items()}
    snapshot = replace(snapshot, desired=replace(snapshot.desired, clusters=own), earlier=earlier)
    rollouts = recorded_rollouts(snapshot, memo)
    snapshot = with_pinned_templates(snapshot, rollouts, memo)
    recalled = recall(snapshot, memo)
    unreadable = still_declared(snapshot.protected, snapshot.recorded, recalled)
    placements = hold_unreadable({key: placed for key, (_, placed) in recalled.items()}, rollouts.staged, snapshot.earlier, memo)
    staged = rollouts.staged, snapshot.earlier
    renderings = render_placements(placements, snapshot.desired, snapshot.interpreter, memo, *staged)
    templates = {key: CompiledTemplate(one, placements[key], renderings[key]) for key, (one, _) in recalled.items()}
    decided = {key: one for key, (one, _) in recalled.items()}
    children = expand(decided, placements, renderings, snapshot, rollouts, memo, expansions)
    templates, unreadable = _with_children(templates, unreadable, children)
    return Compiled(
        snapshot.desired,
        snapshot.recorded,
        snapshot.interpreter,
        snapshot.protected,
        templates,
        unreadable_templates=unreadable,
        removed_templates=_removed_templates(snapshot, {*templates, *unreadable}, memo),
        rollouts=rollouts,
        halt=snapshot.halt,
        suspension_ends=_suspension_ends(snapshot),
        needs=children.needs,
    )


def _with_children(
    templates: dict[ResourceKey, CompiledTemplate], unreadable: Mapping[ResourceKey, RecordedDecision], children: Children
) -> tuple[dict[ResourceKey, CompiledTemplate], dict[ResourceKey, RecordedDecision]]:
    """The templates with the children, sorted by key, and the recorded objects that cannot be read without them."""
    if not (children.templates or children.staying):
        return templates, dict(unreadable)
    every = dict(sorted({**templates, **children.templates}.items()))
    return every, {key: last for key, last in {**unreadable, **children.staying}.items() if key not in every}


def _compiled(decided: Decided, placed: Placed, rendering: Rendering, *, memo: Memo) -> CompiledTemplate:
    return memo(CompiledTemplate, decided, placed, rendering)


def _suspension_ends(snapshot: Snapshot) -> datetime | None:
    desired = snapshot.desired
    stated = [policy.suspended for policy in desired.policies if policy.suspended is not None]
    stated += [one for template in desired.templates if (one := suspended_in(annotations_of(template.manifest))) is not None]
    stated += [one for last in snapshot.recorded.decisions.values() if (one := last.suspension.stated) is not None]
    return suspension_ends(desired.settings, desired.clusters, stated, snapshot.now)


def _removed_templates(snapshot: Snapshot, declared: Collection[ResourceKey], memo: Memo) -> dict[ResourceKey, Terms]:
    """Recorded objects whose template is gone, with the terms of the policy that placed them."""
    policies = memo(index_policies, snapshot.desired.policies).by_ref
    return {
        key: terms_of(policies.get(previous.binding.policy) if previous.binding.policy else None, previous, snapshot.now)
        for key, previous in snapshot.recorded.decisions.items()
        if key not in declared
    }
