"""An object as Kubernetes' own Go types hold it, and as they write it back.

Reading an object into types and writing it again, as Karmada does wherever it aggregates a status, loses unknown fields
and empty values, and gains others that Go never leaves out: fields that are required, and structures held by value.
The schemas tell the required ones, `typed_holding.py` the others (k8s.io/apimachinery pkg/runtime/converter.go).

Both functions take what the type can hold (`typed.check`) and share nothing with it but scalars.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

from reconciler.interpreter.go_types import fields_of, parse_time
from reconciler.interpreter.go_zero_values import always_written, held_by_value
from reconciler.model.manifest import Manifest
from reconciler.model.quantity import Quantity

_ZERO: dict[str, Any] = {"s": "", "b": False, "i": 0, "o": 0, "q": "0", "t": None, "x": None}
"""The empty value by code; of a structure it is a mapping."""
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
        """What Go takes for a structure, and therefore for never empty: "omitempty" has no effect on it."""
        return not self.is_collection and self.kind not in ("s", "b", "i", "x")


def written(document: Manifest, type_name: str) -> dict[str, Any]:
    """`document` as the type writes it."""
    result: dict[str, Any] = {}
    for field in _fields(type_name):
        item = document.get(field.name)
        if item is None:
            if field.always or (field.by_value and field.is_structure):
                result[field.name] = _empty(field)
            continue
        value = _value(item, field.kind, written)
        if field.always or not _is_left_out(value, field):
            result[field.name] = value
    return result


def held(document: Manifest, type_name: str) -> dict[str, Any]:
    """`document` as the type holds it, in a form fit for comparing: two are equal where Go takes the values for equal.

    What holds nothing is absent. An empty list is not the same as none, though both are written alike.
    """
    result: dict[str, Any] = {}
    for field in _fields(type_name):
        item = document.get(field.name)
        if item is None:
            continue
        value = _value(item, field.kind, held)
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
        always=always_written(type_name, name, required),
        by_value=kind[0] not in "*%" and held_by_value(type_name, name, kind, required),
    )


def _empty(field: _Field) -> Any:
    if not field.by_value:
        return None
    return _ZERO[field.kind] if field.kind in _ZERO else written({}, field.kind)


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
    """Null in a list or mapping is the empty value of what is in it."""
    if item is not None:
        return _value(item, kind, of_structure)
    return _ZERO[kind] if kind in _ZERO else of_structure({}, kind)


def time_text(time: datetime) -> str:
    """RFC 3339 in UTC and whole seconds, as Kubernetes writes times."""
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _time(text: str) -> str | None:
    """Null for the beginning of time, which is Go's word for "no time"."""
    time = parse_time(text)
    return None if time is None or time == _ZERO_TIME else time_text(time)
