"""Which objects must not run twice, and therefore break before they make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.interpreter import registry
from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import Manifest, key_of
from reconciler.model.memo import Memo


def runs_once(manifest: Manifest, volume_claims: Mapping[ResourceKey, Manifest]) -> bool:
    """Whether two copies must not run at once: by kind, or because it mounts a volume that only one may hold.

    volume_claims: those among the templates.
    """
    if registry.breaks_first(manifest):
        return True
    namespace = key_of(manifest).namespace
    mounted = (ResourceKey("", _CLAIM, namespace, name) for name in registry.claim_names(manifest))
    return any(registry.breaks_first(volume_claims[key]) for key in mounted if key in volume_claims)


def volume_claims_of(templates: Iterable[ResourceTemplate], memo: Memo) -> Mapping[ResourceKey, Manifest]:
    """The very same mapping as long as no claim changes, so that what was answered with it can be remembered."""
    return memo(_by_key, memo.tuple(template for template in templates if template.key.kind == _CLAIM))


def _by_key(templates: tuple[ResourceTemplate, ...]) -> Mapping[ResourceKey, Manifest]:
    return {template.key: template.manifest for template in templates}


_CLAIM = "PersistentVolumeClaim"
