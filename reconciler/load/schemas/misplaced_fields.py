"""Where a field belongs whose name is right and whose place is not: most often, the indentation is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

Path: TypeAlias = tuple[str | int, ...]
Schema: TypeAlias = Mapping[str, Any]
_DEPTH = 3
"""Levels below the parent that are searched."""


def right_place(root: Schema, parent: Path, name: str, value: Any) -> Path | None:
    """The nearest path of a mapping in which the field is known and its value has the right type; None where there is none.

    root: the schema of the document. parent: the mapping that the field stands in, which does not know it.
    """
    known = (place for place, schema in _around(root, parent) if _knows(schema, name, value))
    free = (place for place, schema in _below(parent, _along(root, parent)[-1], 1) if _takes_any_name(schema, value))
    return next(known, None) or next(free, None)


def _around(root: Schema, parent: Path) -> Iterator[tuple[Path, Schema]]:
    """The mappings below the parent, nearest first; then those that contain it; then those beside it."""
    schemas = _along(root, parent)
    yield from _below(parent, schemas[-1])
    for length in range(len(parent) - 1, 0, -1):
        yield parent[:length], schemas[length]
        yield from _below(parent[:length], schemas[length])


def _along(root: Schema, path: Path) -> list[Schema]:
    """The schema of each prefix of the path."""
    found = [root]
    for step in path:
        schema = found[-1]
        found.append((schema.get("items") if isinstance(step, int) else schema.get("properties", {}).get(step)) or {})
    return found


def _below(path: Path, schema: Schema, depth: int = _DEPTH) -> Iterator[tuple[Path, Schema]]:
    inner = [((*path, name), one) for name, one in schema.get("properties", {}).items() if isinstance(one, Mapping)]
    yield from inner
    for place, one in inner:
        if depth > 1:
            yield from _below(place, one, depth - 1)


def _knows(schema: Schema, name: str, value: Any) -> bool:
    properties = schema.get("properties", {})
    return name in properties and _has_type(properties[name], value)


def _takes_any_name(schema: Schema, value: Any) -> bool:
    """Whether it is a mapping such as labels, whose values are like this one."""
    rest = schema.get("additionalProperties")
    if "properties" in schema or not isinstance(rest, Mapping):
        return False
    return "type" in rest and _has_type(rest, value)


def _has_type(schema: Schema, value: Any) -> bool:
    kinds: dict[str, type | tuple[type, ...]] = {
        "object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)
    }  # fmt: skip
    named = schema.get("type")
    types = [named] if isinstance(named, str) else named
    return types is None or any(one in kinds and isinstance(value, kinds[one]) for one in types)
