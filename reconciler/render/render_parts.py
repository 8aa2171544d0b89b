"""The manifests of an object that a FederatedResourceQuota assigns to clusters: each has its own, and no override applies.

As in Karmada, where such works are written without a binding (pkg/controllers/federatedresourcequota).
"""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model.binding import TargetCluster
from reconciler.model.desired import ResourceTemplate
from reconciler.model.ownership import marked
from reconciler.model.work import RenderedManifest
from reconciler.render.digest import digest_of
from reconciler.render.render_template import Rendering


def render_parts(template: ResourceTemplate, targets: Iterable[TargetCluster], instance: str) -> Rendering:
    """instance: the value of our label. Clusters with equal parts share one manifest."""
    shared: dict[str, RenderedManifest] = {}
    manifests = {}
    for target in targets:
        part = template.parts.get(target.name)
        if part is not None:
            digest = digest_of(part)
            if digest not in shared:
                manifest = marked(part, template.key, digest, instance)
                shared[digest] = RenderedManifest(template.key, manifest, digest, template.origin)
            manifests[target.name] = shared[digest]
    return Rendering(manifests, {})
