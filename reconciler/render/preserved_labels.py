"""Labels that statePreservation adds to the successor of a lost copy, after all overrides (Karmada
pkg/controllers/binding/common.go, injectReservedLabelState)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.model.manifest import labels_of, with_value
from reconciler.model.ownership import marked, unmarked
from reconciler.model.work import RenderedManifest
from reconciler.render.digest import digest_of
from reconciler.render.render_template import Rendering


def with_labels(rendering: Rendering, labels: Mapping[str, str], instance: str) -> Rendering:
    """Existing labels of the same name are overwritten. instance: the value of our label."""
    if not labels:
        return rendering
    return replace(rendering, manifests={name: _with_labels(one, labels, instance) for name, one in rendering.manifests.items()})


def _with_labels(rendered: RenderedManifest, labels: Mapping[str, str], instance: str) -> RenderedManifest:
    bare = unmarked(rendered.manifest)
    changed = with_value(bare, ("metadata", "labels"), {**labels_of(bare), **labels})
    digest = digest_of(changed)
    return replace(rendered, manifest=marked(changed, rendered.key, digest, instance), digest=digest)
