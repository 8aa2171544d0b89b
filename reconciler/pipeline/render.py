"""The third step: from placements to manifests, and their check against the schemas of their kinds and the rights of tenants.

Nothing is scheduled here. The placements may have been decided in this pass, or be read from the record of an earlier one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reconciler.interpreter.containers import is_definition
from reconciler.interpreter.precedence import Interpreter
from reconciler.model.binding import Binding
from reconciler.model.desired import DesiredState, ResourceTemplate
from reconciler.model.keys import ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.write_policy import WriteRules
from reconciler.pipeline.check_rendered import Schemas, check_rendered, schemas_for
from reconciler.pipeline.follow import Placed
from reconciler.pipeline.gates import with_gates
from reconciler.pipeline.render_context import context_for, context_of
from reconciler.pipeline.staged import Staged
from reconciler.pipeline.stated import templates_by_key
from reconciler.pipeline.tenants import judge
from reconciler.render.preserved_labels import with_labels
from reconciler.render.render_parts import render_parts
from reconciler.render.render_placement import NOT_DIVIDED, Divisions, render_placed
from reconciler.render.render_template import RenderContext, Rendering
from reconciler.render.write_policies import with_write_policies
from reconciler.tenancy.governance import Governance

NOTHING_STAGED: Mapping[Any, Any] = {}


def render_placements(
    placements: Mapping[ResourceKey, Placed],
    desired: DesiredState,
    interpreter: Interpreter,
    memo: Memo,
    staged: Mapping[ResourceKey, Staged] = NOTHING_STAGED,
    earlier: Mapping[str, DesiredState] = NOTHING_STAGED,
) -> Mapping[ResourceKey, Rendering]:
    """The manifests of every placed template, for those target clusters that `desired` declares; sorted by key.

    To render for one cluster alone, pass a desired state with that one cluster.
    staged: objects of rollouts; clusters that wait for their turn have the content of an earlier revision.
    """
    governance = memo(Governance, desired.judges, desired.clusters)
    definitions = memo.tuple(template for template in desired.templates if is_definition(template.key))
    schemas = memo(schemas_for, definitions, desired.clusters)
    policies = {policy.ref: policy for policy in desired.policies} if governance else {}
    rules = desired.settings.write_rules
    templates = [template for template in desired.templates if template.key in placements]
    rendered: dict[ResourceKey, Rendering] = {}
    if not governance:
        alike = [template for template in templates if template.key not in staged]
        context = context_of(desired.override_policies, desired, interpreter, memo)
        rows = alike, [placements[template.key] for template in alike]
        rendered.update(
            zip((template.key for template in alike), memo.each(_rendered, rows, schemas, context, rules), strict=True)
        )
    for template in templates:
        if template.key in rendered:
            continue
        placed = placements[template.key]
        if template.key in staged:
            rendering = _render_staged(template, placed, staged[template.key], desired, earlier, interpreter, schemas, memo)
            rendering = memo(with_write_policies, rendering, rules, desired.clusters)
        else:
            rendering = _rendered(template, placed, schemas, context_for(template, desired, interpreter, memo), rules)
        if governance:
            ref = placed.binding.policy if placed.binding is not None else None
            policy = policies.get(ref) if ref is not None else None
            rendering = memo(judge, template, rendering, governance, policy)
        rendered[template.key] = rendering
    in_order = {template.key: rendered[template.key] for template in templates}
    return with_gates(in_order, desired.templates, desired.settings.instance, interpreter, memo)


def _rendered(
    template: ResourceTemplate, placed: Placed, schemas: Schemas, context: RenderContext, rules: WriteRules
) -> Rendering:
    return context.memo(with_write_policies, _render(template, placed, schemas, context), rules, context.clusters)


def _render_staged(
    template: ResourceTemplate,
    placed: Placed,
    staged: Staged,
    desired: DesiredState,
    earlier: Mapping[str, DesiredState],
    interpreter: Interpreter,
    schemas: Schemas,
    memo: Memo,
) -> Rendering:
    """Each cluster gets the content of the commit that it has its turn for. A commit that cannot be read is left out: there the
    copy stays as it is (`Placed.held_on`)."""
    pending = staged.pending
    parts = []
    target = earlier.get(staged.rollout.target, desired)
    arrived = tuple(one for one in placed.targets if one.name not in pending)
    if arrived:
        context = context_for(template, target, interpreter, memo)
        parts.append(_render(template, replace(placed, targets=memo.tuple(arrived)), schemas, context))
    for commit in sorted(staged.commits & earlier.keys()):
        names, revision = staged.pending_at(commit), earlier[commit]
        kept = templates_by_key(revision, memo).get(template.key)
        targets = tuple(one for one in placed.targets if one.name in names)
        if kept is not None and targets:
            context, stated = context_for(kept, revision, interpreter, memo), staged.stated.get(commit)
            conflict = placed.conflict_resolution if stated is None else stated.conflict_resolution
            had = replace(placed, targets=memo.tuple(targets), conflict_resolution=conflict)
            parts.append(_render(kept, had, schemas, context))
    return memo(_joined, *parts)


def _joined(*parts: Rendering) -> Rendering:
    if len(parts) == 1:
        return parts[0]
    manifests = {name: one for part in parts for name, one in part.manifests.items()}
    failed = {name: issue for part in parts for name, issue in part.failed.items()}
    notices = {issue for part in parts for issue in part.notices}
    return Rendering(dict(sorted(manifests.items())), dict(sorted(failed.items())), tuple(sorted(notices)))


def _render(template: ResourceTemplate, placed: Placed, schemas: Schemas, context: RenderContext) -> Rendering:
    if template.parts:
        return context.memo(render_parts, template, placed.targets, context.instance)
    binding = placed.binding or Binding(template.key, None, ())
    is_divided = binding.completions or placed.shares is not None
    others = context.memo(Divisions, binding.completions, placed.shares) if is_divided else NOT_DIVIDED
    shares = (placed.targets, binding.replicas, binding.divided, binding.workload, others)
    rendering = context.memo(render_placed, template, *shares, placed.conflict_resolution, context)
    if placed.labels:
        rendering = context.memo(with_labels, rendering, placed.labels, context.instance)
    return context.memo(check_rendered, template, rendering, schemas, context, placed=placed)
