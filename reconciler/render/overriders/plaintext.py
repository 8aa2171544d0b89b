"""plaintext: RFC 6902 operations on a manifest (Karmada pkg/util/overridemanager), with a record of the fields that they change.

The other overriders come to such operations, too, and apply them here. One operation is carried out in `documents/json_patch.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from reconciler.documents.json_patch import apply_patch, steps_of
from reconciler.errors import ReconcilerError
from reconciler.model.manifest import Manifest, text
from reconciler.model.overrides import PatchOperation, PlaintextOverrider


class OverriderError(ReconcilerError):
    """An overrider cannot be applied to this object. The message names field paths, never values."""


class Patched(NamedTuple):
    """A manifest after an overrider."""

    manifest: Manifest
    paths: tuple[str, ...] = ()
    """RFC 6901 pointers of the fields that changed, in the order of the changes."""


def override_plaintext(overrider: PlaintextOverrider, manifest: Manifest) -> Patched:
    """All items of a rule form one patch. Raises PatchError if an operation cannot be applied, OverriderError if the result is
    not an object."""
    return apply_operations(manifest, overrider.operations)


def apply_operations(manifest: Manifest, operations: Iterable[PatchOperation]) -> Patched:
    """Applies all operations. Raises PatchError if one cannot be applied, OverriderError if the result is not an object."""
    paths = []
    for operation in operations:
        changed = apply_patch(manifest, (operation,))
        path = changed_path(manifest, operation)
        if path is not None:
            paths.append(path)
        manifest = changed
    _check_object(manifest)
    return Patched(manifest, tuple(paths))


def changed_path(before: Any, operation: PatchOperation) -> str | None:
    """The JSON pointer (RFC 6901) of the field that the operation changes; None if it changes nothing.

    The operation must be one that can be applied. List positions count from the start, even if the operation counts from the end
    or appends.
    """
    if not operation.path:
        return ""
    names = steps_of(operation.path)
    steps: list[str] = []
    for name in names[:-1]:
        place = int(name) % len(before) if isinstance(before, list) else name
        steps.append(str(place))
        before = before[place]
    place = _last_place(before, names[-1], operation.operator)
    if not _changes(before, place, operation):
        return None
    pointer = "/".join(("", *steps, str(place)))
    if "~" in operation.path:
        pointer = "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in (*steps, str(place)))
    return pointer


def _last_place(container: Any, name: str, operator: str) -> str | int:
    if not isinstance(container, list):
        return name
    if operator == "add":
        return len(container) if name == "-" else int(name) % (len(container) + 1)
    return int(name) % len(container)


def _changes(container: Any, place: Any, operation: PatchOperation) -> bool:
    if operation.operator == "remove" or (operation.operator == "add" and isinstance(container, list)):
        return True
    return bool(isinstance(container, dict) and place not in container) or bool(container[place] != operation.value)


def _check_object(manifest: Any) -> None:
    """The checks that Karmada makes when it decodes the patched object: it has a kind, and at most one slash in its
    apiVersion."""
    if not text(manifest, "kind"):
        raise OverriderError("the result has no kind", remedy="Do not remove the kind.")
    if text(manifest, "apiVersion").count("/") > 1:
        raise OverriderError("the apiVersion has more than one slash", remedy="Write it as group/version.")
