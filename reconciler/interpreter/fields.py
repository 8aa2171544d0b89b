"""Reads and writes one field as strictly as Kubernetes' accessors (apimachinery pkg/apis/meta/v1/unstructured/helpers.go).

For `model.manifest.get` a field of a wrong type is absent. Where Karmada reports an error, these functions do too: a null step of
the path counts as absent, any other step that is not a mapping is an error; a value of another type is an error, and so is null.
Messages name the field and the types, never a value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.manifest import Manifest

ABSENT: Any = object()
"""The result for an absent field, where null is a different value."""

_INT64 = 1 << 63


def lookup(document: Manifest, *path: str) -> Any:
    """The value at `path`, or ABSENT. Raises MalformedObjectError if a step on the way is not a mapping."""
    value: Any = document
    for depth, step in enumerate(path):
        if value is None:
            return ABSENT
        if not isinstance(value, Mapping):
            raise wrong_type(path[:depth], value, "a mapping")
        if step not in value:
            return ABSENT
        value = value[step]
    return value


def integer_at(document: Manifest, *path: str) -> int | None:
    """A whole number of 64 bits; None if absent. A float is an error, even a whole one."""
    value = lookup(document, *path)
    if value is ABSENT:
        return None
    if type(value) is not int or not -_INT64 <= value < _INT64:
        raise wrong_type(path, value, "an integer")
    return value


def text_at(document: Manifest, *path: str) -> str | None:
    value = lookup(document, *path)
    if value is ABSENT:
        return None
    if not isinstance(value, str):
        raise wrong_type(path, value, "text")
    return value


def list_at(document: Manifest, *path: str) -> list[Any] | None:
    value = lookup(document, *path)
    if value is ABSENT:
        return None
    if not isinstance(value, list):
        raise wrong_type(path, value, "a list")
    return value


def text_map_at(document: Manifest, *path: str) -> Mapping[str, str] | None:
    """A mapping of text to text, such as labels; None if absent."""
    value = lookup(document, *path)
    if value is ABSENT:
        return None
    if not isinstance(value, Mapping):
        raise wrong_type(path, value, "a mapping")
    for name, item in value.items():
        if not isinstance(item, str):
            raise wrong_type((*path, name), item, "text")
    return value


def put(document: Manifest, path: Sequence[str], value: Any) -> Manifest:
    """A copy with `value` at `path`. Creates absent mappings on the way; a step of another type is an error."""
    return _put(document, path, 0, value)


def _put(document: Any, path: Sequence[str], depth: int, value: Any) -> Manifest:
    if not isinstance(document, Mapping):
        raise wrong_type(path[:depth], document, "a mapping")
    step = path[depth]
    last = depth + 1 == len(path)
    return {**document, step: value if last else _put(document.get(step, {}), path, depth + 1, value)}


def wrong_type(path: Sequence[str | int], value: object, expected: str) -> MalformedObjectError:
    return MalformedObjectError(f"{path_text(path)} is {type_name(value)}, not {expected}")


def path_text(path: Sequence[str | int]) -> str:
    """`spec.containers[0].image`."""
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return steps.removeprefix(".") or "the object"


def type_name(value: object) -> str:
    if isinstance(value, Mapping):
        return "a mapping"
    names: dict[type, str] = {str: "text", bool: "a boolean", int: "an integer", float: "a float", list: "a list"}
    return names.get(type(value), "null" if value is None else "of an unknown type")
