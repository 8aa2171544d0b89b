"""Which objects must not run twice, so that the old copy has to be gone before the new one is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.interpreter import registry
from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import Manifest, key_of
from reconciler.model.memo import Memo


def runs_once(manifest: Manifest, volume_claims: Mapping[ResourceKey, Manifest]) -> bool:
    """Whether two copies must not run at once: because of the kind, or because of a mounted volume that only one node can use.

    volume_claims: the PersistentVolumeClaims among the templates.
    """
    if registry.breaks_first(manifest):
        return True
    namespace = key_of(manifest).namespace
    mounted = (ResourceKey("", _CLAIM, namespace, name) for name in registry.claim_names(manifest))
    return any(registry.breaks_first(volume_claims[key]) for key in mounted if key in volume_claims)


def volume_claims_of(templates: Iterable[ResourceTemplate], memo: Memo) -> Mapping[ResourceKey, Manifest]:
    """The PersistentVolumeClaims among the templates. The same mapping object as long as no claim changes, so that results that
    depend on it stay in the memo."""
    return memo(_by_key, memo.tuple(template for template in templates if template.key.kind == _CLAIM))


def _by_key(templates: tuple[ResourceTemplate, ...]) -> Mapping[ResourceKey, Manifest]:
    return {template.key: template.manifest for template in templates}


_CLAIM = "PersistentVolumeClaim"
