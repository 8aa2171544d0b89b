"""Lists and sets (pkg/cel/library/lists.go; cel-go ext/lists.go, version 3, and ext/sets.go), and the last steps of macros."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cmp_to_key
from itertools import pairwise
from typing import Any

from reconciler.cel.errors import unknown_value
from reconciler.cel.functions.signature import ANY, Signature, function, method
from reconciler.cel.macros import ENTRIES_TO_MAP, FIRST, LAST, LIST_INDEX, PAIRS_TO_MAP, SORT_BY

_INTEGERS = range(-(2**63), 2**63)
_LONGEST = 1_000_000


def equal(one: Any, other: Any) -> bool:
    """As `==` in CEL: numbers by value, a boolean is no number."""
    if isinstance(one, bool) or isinstance(other, bool):
        return isinstance(one, bool) and isinstance(other, bool) and one == other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return len(one) == len(other) and all(key in other and equal(item, other[key]) for key, item in one.items())
    return bool(one == other)


def compare(one: Any, other: Any) -> int:
    """-1, 0 or 1. Raises ValueError for values of different kinds."""
    kinds: tuple[type | tuple[type, ...], ...] = (bool, (int, float), str, (bytes, bytearray), datetime, timedelta)
    kind = next((kind for kind in kinds if isinstance(one, kind)), None)
    if kind is None or not isinstance(other, kind) or isinstance(one, bool) is not isinstance(other, bool):
        raise ValueError("no such overload")
    if isinstance(one, str) and isinstance(other, str):  # Go compares bytes.
        return compare(one.encode(), other.encode())
    return int(one > other) - int(one < other)


def _order(one: Any, other: Any) -> int:
    """As `compare`; 0 for values of different kinds. Raises ValueError for those that have no order at all."""
    if any(item is None or isinstance(item, list | dict) for item in (one, other)):
        raise ValueError("no such overload")
    try:
        return compare(one, other)
    except ValueError:
        return 0


def _is_sorted(items: list[Any]) -> bool:
    return all(_order(one, other) <= 0 for one, other in pairwise(items))


def _sum(items: list[Any]) -> Any:
    if not items:
        return 0
    if all(isinstance(item, timedelta) for item in items):
        raise unknown_value("a sum of durations cannot be handed back to the CEL library")
    for kind in (int, float):
        if all(isinstance(item, kind) and not isinstance(item, bool) for item in items):
            total = sum(items[1:], items[0])
            if kind is int and total not in _INTEGERS:
                raise ValueError("integer overflow")
            return total
    raise ValueError("no such overload")


def _extreme(name: str, sign: int) -> Any:
    def extreme(items: list[Any]) -> Any:
        if not items:
            raise ValueError(f"{name} called on empty list")
        best = items[0]
        for item in items[1:]:
            if _order(item, best) == sign:
                best = item
        return best

    return extreme


def _index_of(items: list[Any], wanted: Any) -> int:
    return next((number for number, item in enumerate(items) if equal(item, wanted)), -1)


def _last_index_of(items: list[Any], wanted: Any) -> int:
    return next((number for number in reversed(range(len(items))) if equal(items[number], wanted)), -1)


def _text_index(text: str, wanted: str, start: int = 0) -> int:
    if not 0 <= start <= len(text):
        raise ValueError(f"index out of range: {start}")
    return text.find(wanted, start)


def _last_text_index(text: str, wanted: str, end: int | None = None) -> int:
    if end is not None and not 0 <= end <= len(text):
        raise ValueError(f"index out of range: {end}")
    return text.rfind(wanted) if end is None else text.rfind(wanted, 0, end + len(wanted))


def _slice(items: list[Any], start: int, end: int) -> list[Any]:
    if start < 0 or end < 0:
        raise ValueError(f"cannot slice({start}, {end}), negative indexes not supported")
    if start > end:
        raise ValueError(f"cannot slice({start}, {end}), start index must be less than or equal to end index")
    if end > len(items):
        raise ValueError(f"cannot slice({start}, {end}), list is length {len(items)}")
    return items[start:end]


def _flatten(items: list[Any], depth: int = 1) -> list[Any]:
    if depth < 0:
        raise ValueError("level must be non-negative")
    flat: list[Any] = []
    for item in items:
        flat += _flatten(item, depth - 1) if isinstance(item, list) and depth else [item]
    return flat


def _range(length: int) -> list[int]:
    if length > _LONGEST:
        raise ValueError("a range of this size is too long")
    return list(range(length))


def _distinct(items: list[Any]) -> list[Any]:
    found: list[Any] = []
    for item in items:
        if not _contains(found, item):
            found.append(item)
    return found


def _contains(items: list[Any], wanted: Any) -> bool:
    return any(equal(item, wanted) for item in items)


def _sort_by(items: list[Any], keys: list[Any]) -> list[Any]:
    kinds = {str if isinstance(key, str) else type(key) for key in keys}
    if len(kinds) > 1:
        raise ValueError("list elements must have the same type")

    def by_key(one: int, other: int) -> int:
        return compare(keys[one], keys[other])

    order = sorted(range(len(items)), key=cmp_to_key(by_key))
    return [items[number] for number in order]


def _subset(one: list[Any], other: list[Any]) -> bool:
    """Whether the first contains all items of the second."""
    return all(_contains(one, item) for item in other)


def _pairs_to_map(pairs: list[Any]) -> dict[Any, Any]:
    return dict(pairs)


def _entries_to_map(entries: list[Any]) -> dict[Any, Any]:
    result: dict[Any, Any] = {}
    for entry in entries:
        if not isinstance(entry, dict):
            raise ValueError("no such overload")
        for key, value in entry.items():
            if key in result:
                raise ValueError(f"insert failed: key {key} already exists")
            result[key] = value
    return result


SIGNATURES: tuple[Signature, ...] = (
    method("isSorted", _is_sorted, "list"),
    method("sum", _sum, "list"),
    method("min", _extreme("min", -1), "list"),
    method("max", _extreme("max", 1), "list"),
    method(LIST_INDEX["indexOf"], _index_of, "list", ANY),
    method(LIST_INDEX["indexOf"], _text_index, "string", "string"),
    method(LIST_INDEX["indexOf"], _text_index, "string", "string", "int"),
    method(LIST_INDEX["lastIndexOf"], _last_index_of, "list", ANY),
    method(LIST_INDEX["lastIndexOf"], _last_text_index, "string", "string"),
    method(LIST_INDEX["lastIndexOf"], _last_text_index, "string", "string", "int"),
    method("slice", _slice, "list", "int", "int"),
    method("flatten", _flatten, "list"),
    method("flatten", _flatten, "list", "int"),
    function("lists.range", _range, "int"),
    method("distinct", _distinct, "list"),
    method("reverse", lambda items: items[::-1], "list"),
    method("sort", lambda items: _sort_by(items, items), "list"),
    function(SORT_BY, _sort_by, "list", "list"),
    function(FIRST, lambda items: items[:1], "list"),
    function(LAST, lambda items: items[-1:], "list"),
    function("sets.contains", _subset, "list", "list"),
    function("sets.equivalent", lambda one, other: _subset(one, other) and _subset(other, one), "list", "list"),
    function("sets.intersects", lambda one, other: any(_contains(one, item) for item in other), "list", "list"),
    function(PAIRS_TO_MAP, _pairs_to_map, "list"),
    function(ENTRIES_TO_MAP, _entries_to_map, "list"),
)
