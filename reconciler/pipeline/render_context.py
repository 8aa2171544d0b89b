"""What the rendering of a template has in common with that of others."""

from __future__ import annotations

from reconciler.interpreter.precedence import Interpreter
from reconciler.model.desired import DesiredState, ResourceTemplate
from reconciler.model.memo import Memo
from reconciler.model.overrides import OverridePolicy
from reconciler.pipeline.tenants import overrides_for
from reconciler.render.render_template import RenderContext
from reconciler.tenancy.governance import Governance


def context_for(template: ResourceTemplate, desired: DesiredState, interpreter: Interpreter, memo: Memo) -> RenderContext:
    """What the rendering of a template has in common with others: templates of one tenant have one context."""
    governance = memo(Governance, desired.judges, desired.clusters)
    return context_of(overrides_for(template, desired.override_policies, governance, memo), desired, interpreter, memo)


def context_of(
    overrides: tuple[OverridePolicy, ...], desired: DesiredState, interpreter: Interpreter, memo: Memo
) -> RenderContext:
    """overrides: those that may change the templates."""
    return memo(RenderContext, desired.clusters, overrides, desired.settings.instance, memo, interpreter)
