"""labelsOverrider and annotationsOverrider (Karmada pkg/util/overridemanager/labelannotationoverrider.go).

They change the object's own metadata, not that of its Pods. A value that is not a mapping of strings counts as absent: `add`
creates a new mapping in its place, `replace` and `remove` change nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.interpreter.fields import put, text_map_at
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.manifest import Manifest
from reconciler.model.overrides import LabelAnnotationOverrider, PatchOperation
from reconciler.render.overriders.plaintext import Patched, apply_operations


def override_labels(overrider: LabelAnnotationOverrider, manifest: Manifest) -> Patched:
    """Raises PatchError if the operator is unknown."""
    current = _current(manifest, overrider.field)
    values = overrider.values
    if overrider.operator in ("replace", "remove"):
        values = tuple((name, value) for name, value in values if name in (current or {}))
    elif overrider.operator == "add" and current is None and values:
        try:
            manifest = put(manifest, ("metadata", overrider.field), {})
        except MalformedObjectError:
            return Patched(manifest)
    if not values:
        return Patched(manifest)
    return apply_operations(manifest, [_operation(overrider, name, value) for name, value in values])


def _current(manifest: Manifest, field: str) -> Mapping[str, str] | None:
    try:
        return text_map_at(manifest, "metadata", field)
    except MalformedObjectError:
        return None


def _operation(overrider: LabelAnnotationOverrider, name: str, value: str) -> PatchOperation:
    """Slashes are escaped, tildes are not, as in Karmada."""
    return PatchOperation(overrider.operator, f"/metadata/{overrider.field}/{name.replace('/', '~1')}", value)
