"""One Kubernetes object as a plain JSON document: read by path, copied with a change, never mutated.

A changed copy shares every unchanged part with the original, so that a thousand clusters can use one manifest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from reconciler.model.keys import GroupVersionKind, ResourceKey

Manifest: TypeAlias = Mapping[str, Any]
"""JSON values: dict, list, str, int, float, bool, None. All code treats them as immutable."""

Path: TypeAlias = Sequence[str | int]
"""Steps from the root: field names and list positions."""


def get(document: Any, *path: str | int, default: Any = None) -> Any:
    """The value at `path`; `default` if a step does not exist or has another type."""
    value = document
    for step in path:
        if type(value) is dict:  # Nearly always true; a check of the abstract class takes five times as long.
            if step not in value:
                return default
        elif isinstance(step, str):
            if not isinstance(value, Mapping) or step not in value:
                return default
        elif not isinstance(value, list) or not -len(value) <= step < len(value):
            return default
        value = value[step]
    return value


def mapping(document: Any, *path: str | int) -> Mapping[str, Any]:
    """The mapping at `path`; an empty one if there is none."""
    value = get(document, *path)
    return value if type(value) is dict or isinstance(value, Mapping) else {}


def sequence(document: Any, *path: str | int) -> list[Any]:
    """The list at `path`; an empty one if there is none."""
    value = get(document, *path)
    return value if isinstance(value, list) else []


def text(document: Any, *path: str | int) -> str:
    """The string at `path`; empty if there is none."""
    value = document
    for step in path:  # As in `get`: a call for each of half a million texts would be slow.
        value = value.get(step) if type(value) is dict else get(value, step)
    return value if isinstance(value, str) else ""


def with_value(document: Any, path: Path, value: Any) -> Any:
    """A copy with `value` at `path`. Missing mappings are created; a list position must exist."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        items = list(document)
        items[step] = with_value(items[step], rest, value)
        return items
    members = dict(document) if isinstance(document, Mapping) else {}
    members[step] = with_value(members.get(step), rest, value)
    return members


def with_item(document: Any, path: Path, value: Any) -> Any:
    """A copy with `value` as a new item before the position of a list at which `path` ends; the length of the list is a position,
    too. The list must exist."""
    *parent, position = path
    if not isinstance(position, int):
        raise TypeError(f"{position} is no position in a list")
    items = list(get(document, *parent))
    items.insert(position, value)
    return with_value(document, tuple(parent), items)


def without(document: Any, path: Path) -> Any:
    """A copy without the field or item at `path`; the document itself if there is nothing to remove."""
    if not path:
        return document
    step, rest = path[0], path[1:]
    missing = object()
    child = get(document, step, default=missing)
    if child is missing:
        return document
    if rest:
        changed = without(child, rest)
        return document if changed is child else with_value(document, (step,), changed)
    if isinstance(step, int):
        items = list(document)
        del items[step]
        return items
    return {name: value for name, value in document.items() if name != step}


def without_empty(document: Any, path: Path) -> Any:
    """A copy without the field at `path` if it is an empty mapping or list."""
    return without(document, path) if get(document, *path, default=None) in ({}, []) else document


def gvk_of(manifest: Manifest) -> GroupVersionKind:
    if type(manifest) is dict:  # Asked so often that a call for each text would be slow.
        api_version, kind = manifest.get("apiVersion"), manifest.get("kind")
        if isinstance(api_version, str) and isinstance(kind, str):
            return GroupVersionKind.parse(api_version, kind)
    return GroupVersionKind.parse(text(manifest, "apiVersion"), text(manifest, "kind"))


def key_of(manifest: Manifest) -> ResourceKey:
    """The key that the manifest states. `load/` knows scopes and fills in the default namespace."""
    gvk, metadata = gvk_of(manifest), get(manifest, "metadata")
    return ResourceKey(gvk.group, gvk.kind, text(metadata, "namespace"), text(metadata, "name"))


ENCRYPTED_ANNOTATION = "reconciler.dev/encrypted"
"""On an object in a member that is no Secret: which of its fields at the top hold values that were encrypted in Git, with commas
between them. So whoever reads the object knows what must not be shown."""
_SECRET_FIELDS = ("data", "stringData")


def is_secret(subject: Manifest | ResourceKey | None) -> bool:
    """Whether the values of this object must not be shown: its kind is Secret, in any group."""
    kind = subject.kind if isinstance(subject, ResourceKey) else get(subject, "kind")
    return bool(kind == "Secret")


def hidden_fields(manifest: Manifest | None) -> tuple[str, ...]:
    """The fields at the top of an object whose values must not be shown: those of a Secret, and those that were encrypted in
    Git. Of most objects there are none."""
    if is_secret(manifest):
        return _SECRET_FIELDS
    stated = get(manifest, "metadata", "annotations", ENCRYPTED_ANNOTATION)
    if not isinstance(stated, str):
        return ()
    return tuple(name for name in stated.split(",") if name and name not in ("apiVersion", "kind", "metadata"))


def labels_of(manifest: Manifest) -> Mapping[str, str]:
    return mapping(manifest, "metadata", "labels")


def annotations_of(manifest: Manifest) -> Mapping[str, str]:
    return mapping(manifest, "metadata", "annotations")


def is_terminating(live: Manifest) -> bool:
    """Whether the object was deleted and still exists, for example because of a finalizer."""
    return get(live, "metadata", "deletionTimestamp") is not None
