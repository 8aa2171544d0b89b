"""plaintext: all items of a rule are one RFC 6902 patch (Karmada pkg/util/overridemanager/overridemanager.go)."""

from __future__ import annotations

from reconciler.model.manifest import Manifest
from reconciler.model.overrides import PlaintextOverrider
from reconciler.render.overriders.edit import Edit, apply_operations


def override_plaintext(overrider: PlaintextOverrider, manifest: Manifest) -> Edit:
    """Raises PatchError where an operation does not apply, OverriderError where no object is left."""
    return apply_operations(manifest, overrider.operations)
