"""plaintext: all items of a rule form one RFC 6902 patch (Karmada pkg/util/overridemanager/overridemanager.go)."""

from __future__ import annotations

from reconciler.model.manifest import Manifest
from reconciler.model.overrides import PlaintextOverrider
from reconciler.render.overriders.patching import Patched, apply_operations


def override_plaintext(overrider: PlaintextOverrider, manifest: Manifest) -> Patched:
    """Raises PatchError if an operation cannot be applied, OverriderError if the result is not an object."""
    return apply_operations(manifest, overrider.operations)
