"""Carrying out JSON patch operations on a manifest and noting which fields came out different."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from reconciler.documents.patch import apply_patch
from reconciler.errors import ReconcilerError
from reconciler.model.manifest import Manifest, text
from reconciler.model.overrides import PatchOperation


class OverriderError(ReconcilerError):
    """An overrider cannot act on this object. The message names places, never what stands there."""


class Edit(NamedTuple):
    """What an overrider made of a manifest."""

    manifest: Manifest
    paths: tuple[str, ...] = ()
    """RFC 6901 pointers of the fields that changed, in the order of the changes."""


def apply_operations(manifest: Manifest, operations: Iterable[PatchOperation]) -> Edit:
    """All operations, or none of them: PatchError where one does not apply, OverriderError where no object is left."""
    paths = []
    for operation in operations:
        changed = apply_patch(manifest, (operation,))
        path = changed_path(manifest, operation)
        if path is not None:
            paths.append(path)
        manifest = changed
    _check_object(manifest)
    return Edit(manifest, tuple(paths))


def changed_path(before: Any, operation: PatchOperation) -> str | None:
    """Pointer of the field that an operation changes, which must apply; None if the field stays as it is.

    List positions are counted from the start, also where the operation counts from the end or appends.
    """
    if not operation.path:
        return ""
    names = [name.replace("~1", "/").replace("~0", "~") for name in operation.path.partition("/")[2].split("/")]
    steps: list[str] = []
    for name in names[:-1]:
        place = int(name) % len(before) if isinstance(before, list) else name
        steps.append(str(place))
        before = before[place]
    place = _last_place(before, names[-1], operation.operator)
    if not _changes(before, place, operation):
        return None
    pointer = "/".join(("", *steps, str(place)))
    if any("~" in name or "/" in name for name in names):
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
    """As Karmada reads the patched object back: a kind, and an apiVersion with at most one slash, if any."""
    if not text(manifest, "kind"):
        raise OverriderError("nothing is left that has a kind", remedy="Leave the kind in place.")
    if text(manifest, "apiVersion").count("/") > 1:
        raise OverriderError("the apiVersion has more than one slash", remedy="Write it as group/version.")
