"""Rendering of one placement for the pipeline: default replicas are filled in first, and overrides may not rename an object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from reconciler.interpreter import registry
from reconciler.model.autoscaling import TargetShares
from reconciler.model.binding import Binding, TargetCluster
from reconciler.model.desired import ResourceTemplate
from reconciler.model.issues import Issue, error
from reconciler.model.keys import ClusterName
from reconciler.model.work import RenderedManifest
from reconciler.render.render_template import RenderContext, Rendering, render_template


@dataclass(frozen=True, slots=True)
class Divisions:
    """What of an object is divided among its clusters, besides replicas. Most objects have `NOT_DIVIDED`."""

    completions: Mapping[ClusterName, int] = field(default_factory=dict)
    """As `Binding.completions`."""
    shares: TargetShares | None = None
    """Of the workload that it scales, where its limits are divided by them."""


NOT_DIVIDED = Divisions()
"""One object, so that the memo recognises it."""


def render_placed(
    template: ResourceTemplate,
    targets: tuple[TargetCluster, ...],
    replicas: int,
    divided: bool,
    workload: bool,
    others: Divisions,
    conflict: str,
    context: RenderContext,
) -> Rendering:
    """The manifests for these targets.

    The arguments are only what rendering depends on, so that a repeated decision, which differs only in its reasons, is found in
    the memo. others: what is divided besides replicas. conflict: the claiming policy's `conflictResolution`.
    """
    if not targets:
        return Rendering({}, {})
    if divided:
        template = with_default_replicas(template)
    placement = Binding(template.key, None, targets, replicas, divided, workload, completions=others.completions)
    return _refuse_renamed(template, render_template(template, placement, conflict, context, shares=others.shares))


def with_default_replicas(template: ResourceTemplate) -> ResourceTemplate:
    """The template with the number of replicas that Kubernetes would fill in, so that a cluster's share can be written there."""
    manifest = registry.with_default_count(template.manifest)
    return template if manifest is template.manifest else replace(template, manifest=manifest)


def _refuse_renamed(template: ResourceTemplate, rendering: Rendering) -> Rendering:
    """Refuses overrides that change an object's key: it could not be found again, and could collide with another object."""
    key = template.key
    # A manifest that was not renamed has the template's own key object; comparing a million keys by value costs a second.
    renamed = {name: one for name, one in rendering.manifests.items() if one.key is not key and one.key != key}
    if not renamed:
        return rendering
    failed = {name: _rename_issue(template, manifest) for name, manifest in renamed.items()}
    others = {name: manifest for name, manifest in rendering.manifests.items() if name not in renamed}
    return Rendering(others, {**rendering.failed, **failed})


def _rename_issue(template: ResourceTemplate, manifest: RenderedManifest) -> Issue:
    last = manifest.overrides[-1] if manifest.overrides else None
    message = f"an override renames {template.key} to {manifest.key}"
    remedy = "Overrides may not change kind, namespace or name. Write a second template instead."
    return error("OverrideRenames", message, remedy, origin=last.origin if last else template.origin, subject=template.key)
