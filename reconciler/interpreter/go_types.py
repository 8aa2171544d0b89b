"""Whether Kubernetes' Go types can hold an object.

Karmada reads workloads into these types before it rewrites images or divides completions. A field of a wrong JSON type anywhere
in them is an error for the whole object. The rules are those of apimachinery's converter (pkg/runtime/converter.go): unknown
fields are ignored, null is the zero value of every type, a whole float is an integer, and an integer that is too large is
truncated, not refused. Quantities, times and IntOrString have their own, stricter readers.

The types are listed in `go_types_fields.py`. They are compiled to nested readers once, which raise at the first wrong field.
The path is assembled only when an error is raised, so it costs nothing for a valid object.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, lru_cache
from itertools import zip_longest
from typing import Any, TypeAlias

from reconciler.interpreter.fields import wrong_type
from reconciler.interpreter.go_types_fields import GO_TYPE_FIELDS
from reconciler.model.manifest import Manifest
from reconciler.model.quantity import Quantity, QuantityError

Reader: TypeAlias = Callable[[Any, Any], None]
"""Checks a value that is not null. Raises `_UnreadableError`. The second argument is a value that its type can hold, or None: the
parts that the two share are not looked at."""

_INT32 = 1 << 31
_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{1,2}):(\d{2}:\d{2})(?:[.,](\d+))?(Z|[+-]\d{2}:\d{2})", re.ASCII)


class _UnreadableError(Exception):
    """A value of a wrong type, and the steps of its path, innermost first."""

    def __init__(self, value: object, expected: str) -> None:
        super().__init__()
        self.value = value
        self.expected = expected
        self.steps: list[str | int] = []


def check(manifest: Manifest, type_name: str, valid: Manifest | None = None) -> None:
    """Raises MalformedObjectError, which names the field, if the type cannot hold the object. type_name: of
    `go_types_fields.py`. valid: an object that the type can hold; what the two share is not looked at."""
    try:
        _reader(type_name)(manifest, valid)
    except _UnreadableError as error:
        raise wrong_type(error.steps[::-1], error.value, error.expected) from None


def parse_time(text: str) -> datetime | None:
    """A time in RFC 3339, as Go reads it: the hour may have one digit, the fraction may follow a comma. None if it is invalid."""
    parts = _TIME.fullmatch(text)
    if parts is None:
        return None
    date, hour, rest, fraction, zone = parts.groups()
    try:
        return datetime.fromisoformat(f"{date}T{hour:0>2}:{rest}.{(fraction or '0')[:6]:0<6}{zone}")
    except ValueError:
        return None


@cache
def fields_of(type_name: str) -> Mapping[str, str]:
    """Field → code of its type, as in `go_types_fields.py`. Raises KeyError for a type that no workload contains."""
    return _table()[type_name]


@cache
def _table() -> Mapping[str, Mapping[str, str]]:
    table: dict[str, Mapping[str, str]] = {}
    for entry in GO_TYPE_FIELDS.replace("\n  ", " ").strip().splitlines():
        name, _, fields = entry.partition(":")
        table[name] = dict(field.split("=") for field in fields.split())
    return table


@cache
def _reader(code: str) -> Reader:
    if code[0] == "*":
        return _list_reader(_reader(code[1:]))
    if code[0] == "%":
        return _struct_reader({}, _reader(code[1:]))
    return _LEAVES.get(code) or _struct_reader({name: _reader(c.rstrip("!")) for name, c in fields_of(code).items()})


def _struct_reader(readers: Mapping[str, Reader], others: Reader | None = None) -> Reader:
    """others: of the fields that `readers` does not name; by default these may be anything."""
    find, read_other = readers.get, others or _read_anything
    texts = frozenset(name for name, reader in readers.items() if reader is _read_text)

    def read(value: Any, valid: Any) -> None:
        if not isinstance(value, dict):
            raise _UnreadableError(value, "a mapping")
        known = valid if type(valid) is dict else _NOTHING
        for name, item in value.items():
            # Most fields are text; a call for each would be slow.
            if item is None or (type(item) is str and name in texts) or item is (other := known.get(name)):
                continue
            try:
                find(name, read_other)(item, other)
            except _UnreadableError as error:
                error.steps.append(name)
                raise

    return read


_NOTHING: Mapping[str, Any] = {}


def _list_reader(reader: Reader) -> Reader:
    def read(value: Any, valid: Any) -> None:
        if not isinstance(value, list):
            raise _UnreadableError(value, "a list")
        known = valid[: len(value)] if type(valid) is list else ()
        for place, (item, other) in enumerate(zip_longest(value, known)):
            if item is not None and item is not other:
                try:
                    reader(item, other)
                except _UnreadableError as error:
                    error.steps.append(place)
                    raise

    return read


def _read_text(value: Any, _: Any) -> None:
    if not isinstance(value, str):
        raise _UnreadableError(value, "text")


def _read_boolean(value: Any, _: Any) -> None:
    if not isinstance(value, bool):
        raise _UnreadableError(value, "a boolean")


def _read_integer(value: Any, _: Any) -> None:
    if type(value) is not int and not (isinstance(value, float) and value.is_integer()):
        raise _UnreadableError(value, "a whole number")


def _read_integer_or_text(value: Any, _: Any) -> None:
    if isinstance(value, str):
        return
    _read_integer(value, None)
    if not -_INT32 <= value < _INT32:
        raise _UnreadableError(value, "a whole number of 32 bits")


def _read_quantity(value: Any, _: Any) -> None:
    if not (_is_quantity(value) if isinstance(value, str) else _spells_quantity(value)):
        raise _UnreadableError(value, "a quantity")


@lru_cache(maxsize=4096)
def _is_quantity(text: str) -> bool:
    return _spells_quantity(text)


def _spells_quantity(value: Any) -> bool:
    try:
        Quantity.from_json(value)
    except QuantityError:
        return False
    return True


def _read_time(value: Any, _: Any) -> None:
    if not isinstance(value, str) or parse_time(value) is None:
        raise _UnreadableError(value, "a time (RFC 3339)")


def _read_anything(value: Any, _: Any) -> None:
    pass


_LEAVES: Mapping[str, Reader] = {
    "s": _read_text,
    "b": _read_boolean,
    "i": _read_integer,
    "o": _read_integer_or_text,
    "q": _read_quantity,
    "t": _read_time,
    "x": _read_anything,
}
