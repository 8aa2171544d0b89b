"""What the rendering of a template has in common with that of others."""

from __future__ import annotations

from reconciler.interpreter.precedence import Interpreter
from reconciler.model.desired import DesiredState, ResourceTemplate
from reconciler.model.memo import Memo
from reconciler.pipeline.tenants import overrides_for
from reconciler.render.render_template import RenderContext
from reconciler.tenancy.governance import Governance


def context_for(template: ResourceTemplate, desired: DesiredState, interpreter: Interpreter, memo: Memo) -> RenderContext:
    """What the rendering of a template has in common with others: templates of one tenant have one context."""
    governance = memo(Governance, desired.judges, desired.clusters)
    overrides = overrides_for(template, desired, governance, memo)
    return memo(RenderContext, desired.clusters, overrides, desired.settings.instance, memo, interpreter)
