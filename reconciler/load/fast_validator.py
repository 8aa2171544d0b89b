"""Whether a document fits a schema, quickly; `complaint.py` says why it does not.

Nearly every document is fine, and asking *whether* is 25 times cheaper than asking *why* (1,000 Deployments: 0.03 s here,
0.7 s by jsonschema): a schema becomes nested closures once, a document then costs one table look-up per node, and
jsonschema (0.13 s to import) is not even loaded for a tree without mistakes. jsonschema stays the judge: what is not
accepted here is put to it, and a test holds the two together.

Only keywords that are understood exactly are compiled. A schema with any other keyword has no acceptor, and its documents
all go to jsonschema.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import NoneType
from typing import Any, TypeAlias

Schema: TypeAlias = Mapping[str, Any] | bool
"""JSON Schema, draft 2020-12, without `$ref`: a schema that is used twice is the same object in two places."""

Accepts: TypeAlias = Callable[[Any], bool]

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int, float),  # 1.0 is an integer to JSON Schema; a fraction is sorted out in _number
    "boolean": (bool,),
    "null": (NoneType,),
}
_ANNOTATIONS = frozenset({"$schema", "title", "description", "default", "deprecated", "examples", "errorMessage", "x-severity"})
_BY_TYPE = frozenset(
    {"type", "properties", "additionalProperties", "required", "propertyNames", "minProperties", "maxProperties"}
    | {"items", "minItems", "maxItems", "minLength", "maxLength", "pattern", "minimum", "maximum"}
)
_WHOLE = frozenset({"enum", "const", "allOf", "anyOf", "oneOf", "not"})


def compile_schema(schema: Schema) -> Accepts | None:
    """A predicate that answers as a JSON Schema validator would; None if the schema holds a keyword unknown here.

    Documents are plain JSON values: dict, list, str, int, float, bool, None.
    """
    try:
        return _compile(schema, {})
    except _UnknownKeywordError:
        return None


class _UnknownKeywordError(Exception):
    """Never leaves this module."""


def _compile(schema: Schema, known: dict[int, Accepts]) -> Accepts:
    if isinstance(schema, bool):
        return _yes if schema else _no
    place = id(schema)
    if place in known:
        return known[place]
    # For a schema that holds itself, as a CustomResourceDefinition's does: asked only when the real one is in its place.
    known[place] = lambda value: known[place](value)  # noqa: PLW0108
    if not schema.keys() <= _ANNOTATIONS | _BY_TYPE | _WHOLE:
        raise _UnknownKeywordError
    table = _by_type(schema, known)
    find = table.get
    whole = [_whole(keyword, schema[keyword], known) for keyword in schema if keyword in _WHOLE]

    def accepts(value: Any) -> bool:
        return find(type(value), _no)(value)

    def accepts_whole(value: Any) -> bool:
        return accepts(value) and all(check(value) for check in whole)

    known[place] = accepts_whole if whole else accepts
    return known[place]


def _yes(_: Any) -> bool:
    return True


def _no(_: Any) -> bool:
    return False


def _by_type(schema: Mapping[str, Any], known: dict[int, Accepts]) -> dict[type, Accepts]:
    """What is asked of a value, by its type; types that are not listed are refused."""
    names = schema.get("type", list(_TYPES))
    names = [names] if isinstance(names, str) else names
    makers: Mapping[type, Callable[[], Accepts]] = {
        dict: lambda: _object(schema, known),
        list: lambda: _array(schema, known),
        str: lambda: _string(schema),
        int: lambda: _number(schema, whole=False),
        float: lambda: _number(schema, whole="number" not in names),
    }
    return {kind: makers.get(kind, lambda: _yes)() for name in names for kind in _TYPES[name]}


def _object(schema: Mapping[str, Any], known: dict[int, Accepts]) -> Accepts:
    members = {name: _compile(part, known) for name, part in schema.get("properties", {}).items()}
    others = _compile(schema.get("additionalProperties", True), known)
    named = _compile(schema.get("propertyNames", True), known)
    required = tuple(schema.get("required", ()))
    least, most = schema.get("minProperties", 0), schema.get("maxProperties", float("inf"))
    find = members.get

    def accepts(value: dict[str, Any]) -> bool:
        for name in required:
            if name not in value:
                return False
        for name, member in value.items():  # noqa: SIM110 (the hot spot; a generator costs a third more)
            if not find(name, others)(member):
                return False
        return True

    if named is _yes and least == 0 and most == float("inf"):
        return accepts
    return lambda value: least <= len(value) <= most and all(map(named, value)) and accepts(value)


def _array(schema: Mapping[str, Any], known: dict[int, Accepts]) -> Accepts:
    item = _compile(schema.get("items", True), known)
    least, most = schema.get("minItems", 0), schema.get("maxItems", float("inf"))
    return lambda value: least <= len(value) <= most and all(map(item, value))


def _string(schema: Mapping[str, Any]) -> Accepts:
    least, most = schema.get("minLength", 0), schema.get("maxLength", float("inf"))
    search = re.compile(schema.get("pattern", "")).search
    if schema.keys().isdisjoint(("minLength", "maxLength", "pattern")):
        return _yes
    return lambda value: least <= len(value) <= most and search(value) is not None


def _number(schema: Mapping[str, Any], *, whole: bool) -> Accepts:
    least, most = schema.get("minimum", float("-inf")), schema.get("maximum", float("inf"))
    if whole:
        return lambda value: value.is_integer() and least <= value <= most
    return lambda value: least <= value <= most


def _whole(keyword: str, argument: Any, known: dict[int, Accepts]) -> Accepts:
    """Keywords that look at a value of any type."""
    match keyword:
        case "const" if not isinstance(argument, (int, float, list, dict)) or isinstance(argument, bool):
            return lambda value: type(value) is type(argument) and value == argument
        case "enum" if all(isinstance(word, str | NoneType) for word in argument):
            words = frozenset(argument)
            return lambda value: isinstance(value, str | NoneType) and value in words
        case "not":
            refused = _compile(argument, known)
            return lambda value: not refused(value)
        case "allOf" | "anyOf" | "oneOf":
            parts = [_compile(part, known) for part in argument]
            asked = {
                "allOf": range(len(parts), len(parts) + 1),
                "anyOf": range(1, len(parts) + 1),
                "oneOf": range(1, 2),
            }
            enough = asked[keyword]
            return lambda value: sum(part(value) for part in parts) in enough
    raise _UnknownKeywordError
