"""labelsOverrider and annotationsOverrider (Karmada pkg/util/overridemanager/labelannotationoverrider.go).

The object's own metadata is meant, not that of its Pods. A map that is no mapping of texts counts as absent: `add`
begins a new one in its place, `replace` and `remove` find nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.interpreter.fields import put, text_map_at
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.manifest import Manifest
from reconciler.model.overrides import LabelAnnotationOverrider, PatchOperation
from reconciler.render.overriders.edit import Edit, apply_operations


def override_labels(overrider: LabelAnnotationOverrider, manifest: Manifest) -> Edit:
    """Raises PatchError for an operator that does not exist."""
    current = _stated(manifest, overrider.field)
    values = overrider.values
    if overrider.operator in ("replace", "remove"):
        values = tuple((name, value) for name, value in values if name in (current or {}))
    elif overrider.operator == "add" and current is None and values:
        try:
            manifest = put(manifest, ("metadata", overrider.field), {})
        except MalformedObjectError:
            return Edit(manifest)
    if not values:
        return Edit(manifest)
    return apply_operations(manifest, [_operation(overrider, name, value) for name, value in values])


def _stated(manifest: Manifest, field: str) -> Mapping[str, str] | None:
    try:
        return text_map_at(manifest, "metadata", field)
    except MalformedObjectError:
        return None


def _operation(overrider: LabelAnnotationOverrider, name: str, value: str) -> PatchOperation:
    """Slashes are escaped, tildes are not: Karmada leaves those to the reader of the patch."""
    return PatchOperation(overrider.operator, f"/metadata/{overrider.field}/{name.replace('/', '~1')}", value)
