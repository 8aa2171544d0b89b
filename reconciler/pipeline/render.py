"""The third step: from placements to manifests, and their check against the schemas of their kinds.

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
from reconciler.pipeline.check_rendered import Schemas, check_rendered, schemas_for
from reconciler.pipeline.follow import Placed
from reconciler.render.render_placement import render_placed
from reconciler.render.render_template import RenderContext, Rendering


def render_placements(
    placements: Mapping[ResourceKey, Placed], desired: DesiredState, interpreter: Interpreter, memo: Memo
) -> dict[ResourceKey, Rendering]:
    """The manifests of every placed template, for those target clusters that `desired` declares; sorted by key.

    To render for one cluster alone, pass a desired state with that one cluster.
    """
    context = memo(RenderContext, desired.clusters, desired.override_policies, desired.settings.instance, memo, interpreter)
    definitions = memo.tuple(template for template in desired.templates if is_definition(template.key))
    schemas = memo(schemas_for, definitions, desired.clusters)
    return {
        template.key: _render(template, placements[template.key], schemas, context)
        for template in desired.templates
        if template.key in placements
    }


_NONE: Mapping[ClusterName, int] = {}
"""One object for all placements without completions, so that the memo recognises it."""


def _render(template: ResourceTemplate, placed: Placed, schemas: Schemas, context: RenderContext) -> Rendering:
    binding = placed.binding or Binding(template.key, None, ())
    completions = binding.completions or _NONE
    shares = (placed.targets, binding.replicas, binding.divided, binding.workload, completions)
    rendering = context.memo(render_placed, template, *shares, placed.conflict_resolution, context)
    return context.memo(check_rendered, template, rendering, schemas, context, binding=placed.in_force(template.key))
