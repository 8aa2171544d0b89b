"""The pure part of a pass: one revision and the recorded state in, the manifests for every cluster out.

Three steps, each a function in a module of its own: decide (claim → schedule → transition, for each template by itself), follow
(dependencies go where the workloads are that require them), render. An agent takes the first two from the record (`recall.py`).
It reads no clock and no disk: the same values give the same
result, on any machine, in any order.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from reconciler.claim.claims import index_policies
from reconciler.model.desired import DesiredState
from reconciler.model.keys import ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.recorded import RecordedState
from reconciler.pipeline.compiled import Compiled, CompiledTemplate
from reconciler.pipeline.decide import Decided, decide
from reconciler.pipeline.follow import Placed, follow
from reconciler.pipeline.issues import issues_of
from reconciler.pipeline.namespaces import follow_objects
from reconciler.pipeline.recall import recall
from reconciler.pipeline.render import render_placements
from reconciler.pipeline.snapshot import Snapshot, take_snapshot
from reconciler.render.render_template import Rendering
from reconciler.transition.protection import still_declared
from reconciler.transition.suspension import Terms, terms_of


def compile_state(
    desired: DesiredState, recorded: RecordedState, now: datetime, memo: Memo, *, settled: bool = False
) -> Compiled:
    """settled: as if every handover were over; what `render` and `diff` show."""
    snapshot = take_snapshot(desired, recorded, now, memo, settled=settled)
    decisions = decide(snapshot, memo)
    decided = decisions.by_key
    unreadable = still_declared(snapshot.protected, snapshot.recorded, decided)
    placements = follow(decided, unreadable, snapshot, memo)
    decided, placements = follow_objects(decided, placements, unreadable, snapshot, memo)
    renderings = render_placements(placements.by_key, snapshot.desired, snapshot.interpreter, memo)
    rows = (list(decided.values()), list(placements.by_key.values()), list(renderings.values()))
    templates = dict(zip(decided, memo.each(_compiled, rows, memo=memo), strict=True))
    return Compiled(
        snapshot.desired,
        snapshot.recorded,
        snapshot.interpreter,
        snapshot.protected,
        templates,
        issues_of(templates, placements.issues, unreadable, snapshot, memo, decisions.evictions.paused),
        unreadable,
        _removed_templates(snapshot, {*templates, *unreadable}, memo),
        snapshot.taints,
        snapshot.stated_taints,
        snapshot.renamed,
        decisions.evictions,
    )


def compile_decided(desired: DesiredState, recorded: RecordedState, now: datetime, memo: Memo) -> Compiled:
    """What the record decides for some members, in place of what this revision would decide: nothing is scheduled.

    desired: the revision that the record names, with these members alone. The result declares no others, and has no issues: who
    decides reports them.
    """
    snapshot = take_snapshot(desired, recorded, now, memo)
    names = {one.name for one in desired.clusters}
    own = memo.tuple(one for one in snapshot.desired.clusters if one.name in names)
    snapshot = replace(snapshot, desired=replace(snapshot.desired, clusters=own))
    recalled = recall(snapshot, memo)
    unreadable = still_declared(snapshot.protected, snapshot.recorded, recalled)
    placements = {key: placed for key, (_, placed) in recalled.items()}
    renderings = render_placements(placements, snapshot.desired, snapshot.interpreter, memo)
    templates = {key: CompiledTemplate(one, placed, renderings[key]) for key, (one, placed) in recalled.items()}
    return Compiled(
        snapshot.desired,
        snapshot.recorded,
        snapshot.interpreter,
        snapshot.protected,
        templates,
        unreadable_templates=unreadable,
        removed_templates=_removed_templates(snapshot, {*templates, *unreadable}, memo),
    )


def _compiled(decided: Decided, placed: Placed, rendering: Rendering, *, memo: Memo) -> CompiledTemplate:
    return memo(CompiledTemplate, decided, placed, rendering)


def _removed_templates(snapshot: Snapshot, declared: Collection[ResourceKey], memo: Memo) -> dict[ResourceKey, Terms]:
    """Recorded objects whose template is gone, with the terms of the policy that placed them."""
    policies = memo(index_policies, snapshot.desired.policies).by_ref
    return {
        key: terms_of(policies.get(previous.binding.policy) if previous.binding.policy else None, previous)
        for key, previous in snapshot.recorded.decisions.items()
        if key not in declared
    }
