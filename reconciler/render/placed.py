"""A placement → its manifests, as the pipeline asks for it: with the number that a file may leave out, and never renamed."""

from __future__ import annotations

from dataclasses import replace

from reconciler.interpreter import registry
from reconciler.model.binding import Binding, TargetCluster
from reconciler.model.desired import ResourceTemplate
from reconciler.model.issues import Issue, error
from reconciler.model.work import RenderedManifest
from reconciler.render.template import RenderContext, Rendering, render_template


def render_placed(
    template: ResourceTemplate,
    targets: tuple[TargetCluster, ...],
    replicas: int,
    divided: bool,
    workload: bool,
    conflict: str,
    context: RenderContext,
) -> Rendering:
    """Is given what rendering looks at and no more: a decision that is confirmed differs in its reasons, and need not be
    rendered again."""
    if divided:
        template = counted(template)
    placement = Binding(template.key, None, targets, replicas, divided, workload)
    return _refuse_renamed(template, render_template(template, placement, conflict, context))


def counted(template: ResourceTemplate) -> ResourceTemplate:
    """With the number that Kubernetes would fill in, so that a cluster's share has a place to be written to."""
    manifest = registry.with_default_count(template.manifest)
    return template if manifest is template.manifest else replace(template, manifest=manifest)


def _refuse_renamed(template: ResourceTemplate, rendering: Rendering) -> Rendering:
    """An override that changes what an object is called would lose track of it, and may collide with another."""
    key = template.key
    # The key of a manifest that kept its name is the template's own; comparing a million of them by value costs a second.
    renamed = {name: given for name, given in rendering.manifests.items() if given.key is not key and given.key != key}
    if not renamed:
        return rendering
    failed = {name: _renamed(template, manifest) for name, manifest in renamed.items()}
    kept = {name: manifest for name, manifest in rendering.manifests.items() if name not in renamed}
    return Rendering(kept, {**rendering.failed, **failed})


def _renamed(template: ResourceTemplate, manifest: RenderedManifest) -> Issue:
    last = manifest.overrides[-1] if manifest.overrides else None
    message = f"{template.key} would become {manifest.key} by an override"
    remedy = "Overrides may not change kind, namespace or name; write a second template."
    return error("OverrideRenames", message, remedy, origin=last.origin if last else template.origin, subject=template.key)
