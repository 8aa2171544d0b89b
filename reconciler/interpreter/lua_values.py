"""Converts documents to Lua and back.

Lua has no null, one kind of table and one kind of number. So nulls are lost, every number becomes a double, and an empty table
may have been a mapping or a list. As Karmada, this module looks at the same path of the objects that the script got
(pkg/resourceinterpreter/customized/declarative/luavm, lua_convert.go).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

Path: TypeAlias = tuple[str, ...]
"""Member names from the root, without positions in lists: all items of a list have the same path."""

_INT64 = 1 << 63
_EMPTY = b"[]"
"""What Lua writes for every empty table. Most results have none, and need no search."""
_UNPAIRED = re.compile("[\udc80-\udcff]")


def encode(value: Any, table: Callable[[Any], Any]) -> Any:
    """A JSON value for Lua: text as bytes, numbers as floats, without nulls. table: creates a Lua table."""
    kind = type(value)
    if kind is str:
        return value.encode(errors="replace")
    if kind is dict:
        return table({name.encode(errors="replace"): encode(item, table) for name, item in value.items() if item is not None})
    if kind is list or kind is tuple:
        return table([encode(item, table) for item in value if item is not None])
    return float(value) if kind is int else value


def decode(text: bytes, *references: Any) -> list[Any]:
    """The list of results that Lua wrote as JSON, with empty tables restored from the references.

    Whole numbers of 64 bits become integers; bytes that are not UTF-8 become U+FFFD.
    """
    clean = _UNPAIRED.sub("\ufffd", text.decode(errors="surrogateescape"))
    results: list[Any] = json.loads(clean, parse_float=_number, parse_int=_number)
    return [restore(result, *references) for result in results] if _EMPTY in text else results


def _number(digits: str) -> int | float:
    number = float(digits)
    return int(number) if number.is_integer() and -_INT64 <= number < _INT64 else number


@dataclass(frozen=True, slots=True)
class Empties:
    """The paths of empty mappings and of empty lists."""

    mappings: frozenset[Path] = frozenset()
    lists: frozenset[Path] = frozenset()

    @classmethod
    def of(cls, documents: Iterable[Any]) -> Empties:
        mappings: set[Path] = set()
        lists: set[Path] = set()
        for document in documents:
            for path, value in _members(document, ()):
                if not value:
                    (mappings if isinstance(value, dict) else lists).add(path)
        return cls(frozenset(mappings), frozenset(lists))


def restore(value: Any, *references: Any) -> Any:
    """`value` with each empty list below its root replaced by what the references have at its path: `{}`, `[]`, or nothing.

    If they have both, the mapping wins.
    """
    return _restored(value, (), Empties.of(references))


def _restored(value: Any, path: Path, empties: Empties) -> Any:
    if isinstance(value, dict):
        members = ((name, _member(value[name], (*path, name), empties)) for name in value)
        return {name: item for name, item in members if item is not _REMOVED}
    if isinstance(value, list):
        items = (_member(item, path, empties) for item in value)
        return [item for item in items if item is not _REMOVED]
    return value


_REMOVED: Any = object()


def _member(value: Any, path: Path, empties: Empties) -> Any:
    if value == [] and isinstance(value, list):
        return {} if path in empties.mappings else value if path in empties.lists else _REMOVED
    return _restored(value, path, empties)


def _members(document: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Every mapping and list below the root, with its path."""
    if isinstance(document, dict):
        children = [((*path, name), value) for name, value in document.items()]
    else:
        children = [(path, value) for value in document] if isinstance(document, list) else []
    for child_path, value in children:
        if isinstance(value, dict | list):
            yield child_path, value
            yield from _members(value, child_path)
