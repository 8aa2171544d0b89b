"""plaintext on fields that the template does not have, but the object that an API server would store of it.

Karmada's overrides act on stored objects: `replace /spec/strategy/type` succeeds although the file does not mention `strategy`.
Here each operation is applied to both: to the object as it would be stored, which decides whether the operation succeeds, and
to the manifest, which gets only the steps that the path names. So the manifest states no default that no rule asks for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reconciler.documents.json_patch import PatchError, apply_patch, steps_of
from reconciler.interpreter.secret import with_data
from reconciler.model.manifest import Manifest
from reconciler.model.overrides import PatchOperation, PlaintextOverrider
from reconciler.render.overriders.plaintext import Patched, apply_operations

_BELONG_TOGETHER = frozenset({"annotations", "default", "defaultRequest", "labels", "requests", "selector"})
"""Mappings with free keys. A part of one means something else than the whole, so they are always written whole."""


def override_stored(overrider: PlaintextOverrider, manifest: Manifest, stored: Manifest) -> tuple[Patched, Manifest]:
    """Both documents after the patch. stored: `manifest` with defaults. Raises PatchError and OverriderError, as
    `override_plaintext` does."""
    paths: list[str] = []
    for operation in overrider.operations:
        patched, stored = _apply(operation, manifest, stored)
        manifest = patched.manifest
        paths += patched.paths
    return Patched(manifest, tuple(paths)), stored


def _apply(operation: PatchOperation, manifest: Manifest, stored: Manifest) -> tuple[Patched, Manifest]:
    try:
        after = apply_patch(stored, (operation,))
    except PatchError as failure:
        try:  # The file may say it in another way than the API server would: stringData, for example.
            return apply_operations(manifest, (operation,)), stored
        except PatchError:
            raise failure from None
    steps = steps_of(operation.path) if operation.path else []
    reached = _with_path(manifest, stored, steps, operation.operator != "add") if steps else manifest
    if reached is manifest:
        return apply_operations(manifest, (operation,)), after
    if operation.operator == "remove":
        return Patched(manifest), after
    return Patched(apply_operations(reached, (operation,)).manifest, (operation.path,)), after


def _with_path(manifest: Any, stored: Any, steps: Sequence[str], last: bool) -> Any:
    """A copy of `manifest` in which the path exists that exists in `stored`; the same object if it exists already.

    last: whether the last step must exist too.
    """
    step, rest = steps[0], steps[1:]
    if isinstance(stored, list):
        if not rest or not isinstance(manifest, list) or len(manifest) != len(stored):
            return manifest
        place: Any = int(step) % len(stored)
    elif not isinstance(stored, dict) or not isinstance(manifest, dict) or not (rest or last):
        return manifest
    else:
        place = step
        if manifest.get(step) is None:
            below = stored[step] if _is_whole(step, stored[step], rest) else {}
            return {**manifest, step: _with_path(below, stored[step], rest, last) if rest else below}
    if not rest:
        return manifest
    below = _with_path(manifest[place], stored[place], rest, last)
    if below is manifest[place]:
        return manifest
    copy = manifest.copy()
    copy[place] = below
    return copy


def _is_whole(step: str, value: Any, rest: Sequence[str]) -> bool:
    return not rest or not isinstance(value, dict) or step in _BELONG_TOGETHER


def coherent(overrider: PlaintextOverrider, manifest: Manifest) -> Manifest:
    """The manifest with `stringData` as `data`, if the overrider addresses `data`: a member would prefer `stringData`."""
    if any(operation.path == "/data" or operation.path.startswith("/data/") for operation in overrider.operations):
        return with_data(manifest)
    return manifest
