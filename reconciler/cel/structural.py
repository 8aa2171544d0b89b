"""Custom resources as a structural schema makes them: with defaults, without unknown fields, and as values of CEL.

k8s.io/apiextensions-apiserver pkg/apiserver/schema (defaulting, pruning) and k8s.io/apiserver pkg/cel/common (values).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from reconciler.cel.errors import NotJudgedError
from reconciler.model.manifest import Manifest, mapping, sequence

Schema = Mapping[str, Any]

_RESERVED = frozenset(
    [
        "true",
        "false",
        "null",
        "in",
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
        "function",
        "if",
        "import",
        "let",
        "loop",
        "package",
        "namespace",
        "return",
        "var",
        "void",
        "while",
    ]
)
_ESCAPES = {"__": "__underscores__", ".": "__dot__", "-": "__dash__", "/": "__slash__"}
_IDENTITY: Schema = {
    "type": "object",
    "properties": {
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": {"type": "object", "properties": {"name": {"type": "string"}, "generateName": {"type": "string"}}},
    },
}
"""What rules see of the root of every resource, whatever its schema says."""
_DURATION = re.compile(r"([0-9]*\.?[0-9]+)\s*(ns|us|µs|ms|s|m|h|d|w)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_OWN = ("apiVersion", "kind", "metadata")


def stored_custom(manifest: Manifest, schema: Schema) -> dict[str, Any]:
    """As an API server stores a custom resource. Its `status` is left as it is."""
    own = {name: value for name, value in manifest.items() if name in _OWN}
    rest = {name: value for name, value in manifest.items() if name not in _OWN}
    filled = _stored(rest, {**schema, "type": "object"})
    return {**own, **{name: value for name, value in filled.items() if name not in _OWN}}


def _stored(value: Any, schema: Schema) -> Any:
    if isinstance(value, list):
        items = mapping(schema, "items")
        return [_stored(item, items) for item in value] if items else value
    if not isinstance(value, Mapping):
        return value
    members, others = mapping(schema, "properties"), schema.get("additionalProperties")
    keeps = schema.get("x-kubernetes-preserve-unknown-fields") is True or others is True
    result: dict[str, Any] = {}
    for name, item in value.items():
        below = members.get(name, others if isinstance(others, Mapping) else None)
        if below is None:
            if keeps or (schema.get("x-kubernetes-embedded-resource") is True and name in _OWN):
                result[name] = item
        elif item is not None or below.get("nullable") is True:
            result[name] = _stored(item, below)
    for name, below in members.items():
        if name not in result and isinstance(below, Mapping) and "default" in below:
            result[name] = _stored(below["default"], below)
    return result


@dataclass(frozen=True, slots=True, eq=False)
class RuledSchema:
    """A schema with rules. Schemas are large and rules few, so what follows from a schema is found once."""

    schema: Schema
    """With what rules see of every root."""
    ruled: frozenset[int]
    """The identities of the parts that have rules, themselves or below."""
    fields: dict[int, tuple[Mapping[str, str] | NotJudgedError, frozenset[str]]] = field(default_factory=dict)
    """Identity of a part → its `time_fields` and `unordered_fields`."""

    def has_rules(self, part: Any) -> bool:
        return id(part) in self.ruled

    def fields_of(self, part: Schema) -> tuple[Mapping[str, str], frozenset[str]]:
        """As `time_fields` and `unordered_fields`. Raises NotJudgedError."""
        if id(part) not in self.fields:
            try:
                times: Mapping[str, str] | NotJudgedError = time_fields(part)
            except NotJudgedError as error:
                times = error
            self.fields[id(part)] = (times, frozenset(unordered_fields(part)))
        known, unordered = self.fields[id(part)]
        if isinstance(known, NotJudgedError):
            raise known
        return known, unordered


def ruled_schema(schema: Schema) -> RuledSchema | None:
    """None where no part of the schema has a rule."""
    root = with_identity(schema)
    ruled: set[int] = set()
    _find_rules(root, ruled)
    return RuledSchema(root, frozenset(ruled)) if ruled else None


def _find_rules(part: Schema, ruled: set[int]) -> bool:
    below = [*mapping(part, "properties").values(), part.get("items"), part.get("additionalProperties")]
    found = [_find_rules(one, ruled) for one in below if isinstance(one, Mapping)]
    if any(found) or sequence(part, "x-kubernetes-validations"):
        ruled.add(id(part))
        return True
    return False


def escaped(name: str) -> str:
    """The identifier of a field in CEL; empty where it has none (pkg/cel/escaping.go)."""
    if name in _RESERVED:
        return f"__{name}__"
    if not re.fullmatch(r"[A-Za-z_./-][A-Za-z0-9_./-]*", name):
        return ""
    return re.sub(r"__|[-./]", lambda found: _ESCAPES[found[0]], name)


def with_identity(schema: Schema) -> Schema:
    members = {**mapping(schema, "properties"), **_IDENTITY["properties"]}
    return {**schema, "type": "object", "properties": members}


def cel_value(value: Any, schema: Schema) -> Any:
    """The value of `self`. Raises NotJudgedError for a value that does not fit its schema: the object is refused anyway."""
    if value is None or schema.get("x-kubernetes-int-or-string") is True:
        return value
    match schema.get("type"):
        case "object" if isinstance(value, Mapping):
            return _mapping_value(value, schema)
        case "array" if isinstance(value, list):
            return [cel_value(item, mapping(schema, "items")) for item in value]
        case "string" if isinstance(value, str):
            return _text_value(value, schema.get("format"))
        case "number" if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        case "integer" if isinstance(value, int | float) and not isinstance(value, bool) and value == int(value):
            return int(value)
        case "boolean" if isinstance(value, bool):
            return value
    raise NotJudgedError("a value does not fit the schema of its field")


def _mapping_value(value: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    others = schema.get("additionalProperties")
    if isinstance(others, Mapping):
        return {name: cel_value(item, others) for name, item in value.items()}
    if schema.get("x-kubernetes-embedded-resource") is True:
        schema = with_identity(schema)
    members = mapping(schema, "properties")
    return {escaped(name): cel_value(item, members[name]) for name, item in value.items() if name in members and escaped(name)}


def _text_value(text: str, form: Any) -> Any:
    """Times stay text: the expression reads them (`time_fields`)."""
    try:
        match form:
            case "date-time":
                datetime.fromisoformat(text)
            case "date":
                datetime.fromisoformat(text)
                return f"{text}T00:00:00Z"
            case "byte":
                return base64.b64decode(text, validate=True)
            case "duration":
                return f"{_duration(text):f}s"
    except (ValueError, binascii.Error, OverflowError):
        raise NotJudgedError(f"a value does not have the format {form}") from None
    return text


_TIMES = {"date-time": "timestamp", "date": "timestamp", "duration": "duration"}


def time_fields(schema: Schema, name: str = "self") -> dict[str, str]:
    """Field → the function that reads it, of all fields below that are times. name: that of the value itself.

    Raises NotJudgedError where a name does not tell, because fields of this name have different types.
    """
    found: dict[str, set[str]] = {}
    _collect(schema, name, found)
    times = {name: functions for name, functions in found.items() if functions != {""}}
    if any(len(functions) > 1 or not name for name, functions in times.items()):
        raise NotJudgedError("a rule reads times from a list, or from fields that share their name with other fields")
    return {name: next(iter(functions)) for name, functions in times.items()}


def _collect(schema: Schema, name: str, found: dict[str, set[str]]) -> None:
    found.setdefault(name, set()).add(_TIMES.get(str(schema.get("format")), "") if schema.get("type") == "string" else "")
    for member, below in mapping(schema, "properties").items():
        if isinstance(below, Mapping):
            _collect(below, escaped(member) or member, found)
    for keyword in ("items", "additionalProperties"):
        below = schema.get(keyword)
        if isinstance(below, Mapping):
            _collect(below, "", found)


def unordered_fields(schema: Schema, name: str = "self") -> set[str]:
    """The fields, or the value itself, that are lists whose order does not count (`x-kubernetes-list-type: set` or `map`)."""
    found = {name} if schema.get("x-kubernetes-list-type") in ("set", "map") else set()
    for member, below in mapping(schema, "properties").items():
        if isinstance(below, Mapping):
            found |= unordered_fields(below, escaped(member) or member)
    for keyword in ("items", "additionalProperties"):
        below = schema.get(keyword)
        if isinstance(below, Mapping):
            found |= unordered_fields(below, "")
    return found


def in_one_order(value: Any, schema: Schema) -> Any:
    """The value with these lists sorted: two such values are equal if the lists have the same items."""
    if isinstance(value, list):
        items = [in_one_order(item, mapping(schema, "items")) for item in value]
        return sorted(items, key=repr) if schema.get("x-kubernetes-list-type") in ("set", "map") else items
    if not isinstance(value, Mapping):
        return value
    members, others = mapping(schema, "properties"), mapping(schema, "additionalProperties")
    return {name: in_one_order(item, mapping(members, name) or others) for name, item in value.items()}


def _duration(text: str) -> float:
    """Seconds. Raises ValueError."""
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text.replace(" ", "").lstrip("-"):
        raise ValueError(text)
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    return -seconds if text.startswith("-") else seconds
