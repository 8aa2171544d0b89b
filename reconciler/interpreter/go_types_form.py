"""An object as Kubernetes' Go types hold it, and as Go writes it back.

Karmada reads an object into a Go type and writes it again wherever it aggregates a status. The result lacks unknown fields and
empty values, and has fields that Go never omits: required fields, and structs that are not pointers. The schemas tell which
fields are required, `go_zero_values.py` tells the others (k8s.io/apimachinery pkg/runtime/converter.go).

Both functions take a document that the type can hold (`go_types.check`). Argument and result share no mappings or lists.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

from reconciler.interpreter.go_types import fields_of, parse_time
from reconciler.interpreter.go_zero_values import is_always_written, is_held_by_value
from reconciler.model.manifest import Manifest
from reconciler.model.moments import time_text
from reconciler.model.quantity import Quantity

_ZERO: dict[str, Any] = {"s": "", "b": False, "i": 0, "o": 0, "q": "0", "t": None, "x": None}
"""Code of a type → its zero value. The zero value of a struct is a mapping."""
_ZERO_TIME = datetime.min.replace(tzinfo=UTC)


class _Field(NamedTuple):
    name: str
    kind: str
    always: bool
    by_value: bool

    @property
    def is_collection(self) -> bool:
        return self.kind[0] in "*%"

    @property
    def is_structure(self) -> bool:
        """Whether the field is a struct in Go. A struct is never empty, so "omitempty" has no effect on it."""
        return not self.is_collection and self.kind not in ("s", "b", "i", "x")


def marshal(document: Manifest, type_name: str) -> dict[str, Any]:
    """`document` as Go writes it after reading it into the type."""
    result: dict[str, Any] = {}
    for field in _fields(type_name):
        item = document.get(field.name)
        if item is None:
            if field.always or (field.by_value and field.is_structure):
                result[field.name] = _empty(field)
            continue
        value = _value(item, field.kind, marshal)
        if field.always or not _is_left_out(value, field):
            result[field.name] = value
    return result


def normalize(document: Manifest, type_name: str) -> dict[str, Any]:
    """`document` as the type holds it, for comparisons: two results are equal if the Go values are equal.

    Empty fields are absent. An empty list differs from an absent one, although Go writes both the same way.
    """
    result: dict[str, Any] = {}
    for field in _fields(type_name):
        item = document.get(field.name)
        if item is None:
            continue
        value = _value(item, field.kind, normalize)
        if not field.by_value or (value and value != _ZERO.get(field.kind)):
            result[field.name] = value
    return result


@cache
def _fields(type_name: str) -> tuple[_Field, ...]:
    return tuple(_field(type_name, name, code) for name, code in fields_of(type_name).items())


def _field(type_name: str, name: str, code: str) -> _Field:
    kind, required = code.rstrip("!"), code.endswith("!")
    return _Field(
        name=name,
        kind=kind,
        always=is_always_written(type_name, name, required),
        by_value=kind[0] not in "*%" and is_held_by_value(type_name, name, kind, required),
    )


def _empty(field: _Field) -> Any:
    if not field.by_value:
        return None
    return _ZERO[field.kind] if field.kind in _ZERO else marshal({}, field.kind)


def _is_left_out(value: Any, field: _Field) -> bool:
    if field.is_collection:
        return not value
    if field.is_structure:
        return field.kind == "t" and value is None and not field.by_value
    return field.by_value and not value


def _value(item: Any, kind: str, of_structure: Any) -> Any:
    if kind[0] == "*":
        return [_element(each, kind[1:], of_structure) for each in item]
    if kind[0] == "%":
        return {name: _element(each, kind[1:], of_structure) for name, each in item.items()}
    match kind:
        case "s" | "b" | "x":
            return item
        case "i" | "o":
            return int(item) if isinstance(item, float) else item
        case "q":
            return str(Quantity.from_json(item))
        case "t":
            return _time(item)
    return of_structure(item, kind)


def _element(item: Any, kind: str, of_structure: Any) -> Any:
    """Null in a list or mapping is the zero value of its element type."""
    if item is not None:
        return _value(item, kind, of_structure)
    return _ZERO[kind] if kind in _ZERO else of_structure({}, kind)


def _time(text: str) -> str | None:
    """The time as Kubernetes writes it; None for Go's zero time."""
    time = parse_time(text)
    return None if time is None or time == _ZERO_TIME else time_text(time)
