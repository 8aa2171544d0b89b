"""The third step: from placements to manifests, and their check against the schemas of their kinds and the rights of tenants.

Nothing is scheduled here. The placements may have been decided in this pass, or be read from the record of an earlier one.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.interpreter.containers import is_definition
from reconciler.interpreter.precedence import Interpreter
from reconciler.model.binding import Binding
from reconciler.model.desired import DesiredState, ResourceTemplate
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.overrides import OverridePolicy
from reconciler.pipeline.check_rendered import Schemas, check_rendered, schemas_for
from reconciler.pipeline.follow import Placed
from reconciler.pipeline.tenants import judge, overrides_for
from reconciler.render.preserved_labels import with_labels
from reconciler.render.render_placement import render_placed
from reconciler.render.render_template import RenderContext, Rendering
from reconciler.tenancy.governance import Governance


def render_placements(
    placements: Mapping[ResourceKey, Placed],
    desired: DesiredState,
    interpreter: Interpreter,
    memo: Memo,
) -> dict[ResourceKey, Rendering]:
    """The manifests of every placed template, for those target clusters that `desired` declares; sorted by key.

    To render for one cluster alone, pass a desired state with that one cluster.
    """
    governance = memo(Governance, desired.judges, desired.clusters)
    definitions = memo.tuple(template for template in desired.templates if is_definition(template.key))
    schemas = memo(schemas_for, definitions, desired.clusters)
    templates = [template for template in desired.templates if template.key in placements]
    placed = [placements[template.key] for template in templates]
    if not governance:
        context = _context(desired.override_policies, desired, interpreter, memo)
        rendered = memo.each(_render, (templates, placed), schemas, context)
        return {template.key: rendering for template, rendering in zip(templates, rendered, strict=True)}
    policies = {policy.ref: policy for policy in desired.policies}
    renderings = {}
    for template, one in zip(templates, placed, strict=True):
        rendering = _render(template, one, schemas, context_for(template, desired, interpreter, memo))
        ref = one.binding.policy if one.binding is not None else None
        renderings[template.key] = memo(judge, template, rendering, governance, policies.get(ref) if ref is not None else None)
    return renderings


def context_for(template: ResourceTemplate, desired: DesiredState, interpreter: Interpreter, memo: Memo) -> RenderContext:
    """What the rendering of a template has in common with others: templates of one tenant have one context."""
    governance = memo(Governance, desired.judges, desired.clusters)
    return _context(overrides_for(template, desired.override_policies, governance, memo), desired, interpreter, memo)


def _context(overrides: tuple[OverridePolicy, ...], desired: DesiredState, interpreter: Interpreter, memo: Memo) -> RenderContext:
    return memo(RenderContext, desired.clusters, overrides, desired.settings.instance, memo, interpreter)


_NONE: Mapping[ClusterName, int] = {}
"""One object for all placements without completions, so that the memo recognises it."""


def _render(template: ResourceTemplate, placed: Placed, schemas: Schemas, context: RenderContext) -> Rendering:
    binding = placed.binding or Binding(template.key, None, ())
    completions = binding.completions or _NONE
    shares = (placed.targets, binding.replicas, binding.divided, binding.workload, completions)
    rendering = context.memo(render_placed, template, *shares, placed.conflict_resolution, context)
    if placed.labels:
        rendering = context.memo(with_labels, rendering, placed.labels, context.instance)
    return context.memo(check_rendered, template, rendering, schemas, context, placed=placed)
