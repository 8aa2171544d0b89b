"""Explains why a document does not match its schema. The only module that imports jsonschema.

The messages of jsonschema quote the value, which may be secret. Our messages name the field, the rule and the remedy. A value is
quoted only where `ReportOptions.quotes` allows it, and never below a field that contains values of the user (`_SECRET_MEMBERS`).
A schema can contain its own message: `errorMessage` is "what is wrong. What to do." (editors show it too). `x-severity: warning`
marks values that Karmada accepts although they have no effect.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from reconciler.load.schemas import list_keys
from reconciler.load.schemas.misplaced_fields import right_place
from reconciler.model.issues import Severity
from reconciler.model.manifest import Manifest
from reconciler.model.spelling import did_you_mean
from reconciler.model.wording import one_of

if TYPE_CHECKING:
    from jsonschema import ValidationError

_SECRET_MEMBERS = frozenset({"overriders", "data", "stringData", "value", "annotations"})

UNKNOWN_FIELD = "UnknownField"
"""The reason of a violation: the schema does not have the field."""
_PLAIN_NAME = re.compile(r"[A-Za-z_$][-\w$]*\Z")

_TYPE_NAMES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}


UNKNOWN_VERSION = "UnknownVersion"
"""The reason where a kind has no such version."""


Path: TypeAlias = tuple[str | int, ...]
"""Steps into a document."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One mistake in a document. With file and line it becomes an `Issue`."""

    path: Path
    """The field; for a missing field, its parent."""
    severity: Severity
    reason: str
    """One CamelCase word: UnknownField, MissingField, WrongType, InvalidValue, or a reason of the check that reports it."""
    message: str
    """Names the field. Never quotes a value that may be secret."""
    remedy: str
    """What the user should do, as a sentence."""


def missing(parent: Path, field: Path, why: str, remedy: str) -> Violation:
    """An error about a field that must be there. parent: the deepest part of its path that exists. why: a clause, or empty."""
    message = f"{field_path(field)} is missing" + (f": {why}" if why else "")
    return Violation(parent, Severity.ERROR, "MissingField", message, remedy)


def invalid(field: Path, clause: str, remedy: str) -> Violation:
    """An error about a value, which must not be quoted where it may be secret. clause: `is too large`."""
    return Violation(field, Severity.ERROR, "InvalidValue", f"{field_path(field)} {clause}", remedy)


def duplicate(field: Path, clause: str, remedy: str) -> Violation:
    """An error about a value that occurs twice."""
    return Violation(field, Severity.ERROR, "DuplicateItem", f"{field_path(field)} {clause}", remedy)


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """How violations of one family of schemas are reported."""

    unknown_field: Severity
    """Severity of a field that the schema does not have."""
    consequence: str
    """What happens to such a field, as a clause of the message."""
    quotes: bool = False
    """Whether a message may quote a value, except below `_SECRET_MEMBERS`."""


def explain(schema: Mapping[str, Any], document: Manifest, options: ReportOptions) -> list[Violation]:
    """All violations of `document`, sorted by path; empty if it is valid. `schema`: as for `quick_check.compile_schema`."""
    schema_errors = map(_schema_error, _validator_class()(schema).iter_errors(document))
    violations = {violation for schema_error in schema_errors for violation in _violations(schema_error, schema, options)}
    return sorted(violations, key=_order)


@cache
def _validator_class() -> Any:
    """JSON Schema with our keyword for lists."""
    # Imported here because a tree without mistakes does not need it, and the import takes 0.13 s.
    import jsonschema

    def check_keys(_: Any, keys: Any, items: Any, __: Any) -> Iterator[ValidationError]:
        for position in list_keys.repeated(items, keys) if isinstance(items, list) else ():
            yield jsonschema.ValidationError("", path=[position])

    extend: Callable[..., Any] = jsonschema.validators.extend
    return extend(jsonschema.Draft202012Validator, {list_keys.KEYWORD: check_keys})


def field_path(path: Iterable[str | int]) -> str:
    """The path as text: `spec.rules[0].host`, `metadata.labels["app.kubernetes.io/name"]`; `the document` for the root."""
    text = ""
    for step in path:
        if isinstance(step, str) and _PLAIN_NAME.match(step):
            text += f".{step}" if text else step
        else:
            text += f"[{step}]" if isinstance(step, int) else f'["{step}"]'
    return text or "the document"


def _order(violation: Violation) -> tuple[list[tuple[int, str]], str]:
    return [(step, "") if isinstance(step, int) else (-1, step) for step in violation.path], violation.message


@dataclass(frozen=True, slots=True)
class _SchemaError:
    """A ValidationError of jsonschema, as our own type. Only this module knows the library's types."""

    path: tuple[str | int, ...]
    keyword: str
    """The keyword of the schema that failed: `type`, `required`, `enum` …"""
    argument: Any
    """The value of the keyword in the schema."""
    value: Any
    """The invalid value. Must not be printed unless `ReportOptions.quotes` allows it."""
    schema: Mapping[str, Any]
    """The schema that contains the keyword."""
    alternatives: tuple[_SchemaError, ...]
    """For `anyOf` and `oneOf`: the errors of all alternatives."""

    @property
    def about_type(self) -> bool:
        """Whether only the type of the value is wrong, in every alternative if there are several."""
        inner = self.alternatives
        return self.keyword == "type" or (bool(inner) and all(it.about_type and it.path == self.path for it in inner))

    @property
    def types(self) -> list[str]:
        """The types that the schema allows."""
        if self.alternatives:
            return list(dict.fromkeys(name for inner in self.alternatives for name in inner.types))
        return [self.argument] if isinstance(self.argument, str) else list(self.argument)


def _schema_error(error: ValidationError) -> _SchemaError:
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    inner = tuple(_schema_error(part) for part in error.context or ())
    path = tuple(error.absolute_path)
    if "propertyNames" in error.absolute_schema_path and isinstance(error.instance, str):
        path = (*path, error.instance)  # jsonschema names only the object with the name.
    return _SchemaError(path, str(error.validator), error.validator_value, error.instance, schema, inner)


def _violations(schema_error: _SchemaError, root: Mapping[str, Any], options: ReportOptions) -> Iterator[Violation]:
    schema_error = _most_telling(schema_error)
    path, schema = schema_error.path, schema_error.schema
    if schema_error.keyword == "additionalProperties":
        yield from _unknown_fields(schema_error, root, options)
    elif schema_error.keyword == "required":
        yield from _missing_fields(schema_error)
    elif schema_error.keyword == list_keys.KEYWORD:
        yield _repeated(schema_error)
    elif schema_error.about_type:
        yield _wrong_type(schema_error)
    else:
        quotes = options.quotes and _SECRET_MEMBERS.isdisjoint(path)
        message, remedy = _own_words(schema) or _WORDING.get(schema_error.keyword, _malformed)(schema_error, quotes)
        severity = Severity(schema.get("x-severity", Severity.ERROR))
        yield Violation(path, severity, "InvalidValue", f"{field_path(path)} {message}", remedy)


def _own_words(schema: Mapping[str, Any]) -> tuple[str, str] | None:
    message, _, remedy = schema.get("errorMessage", "").partition(". ")
    return (message, remedy) if message else None


def _most_telling(schema_error: _SchemaError) -> _SchemaError:
    """The error of the alternative that the user probably meant: the one that matches deepest into the document."""
    while schema_error.alternatives and not schema_error.about_type and "errorMessage" not in schema_error.schema:
        schema_error = max(schema_error.alternatives, key=lambda inner: (len(inner.path), inner.keyword != "type"))
    return schema_error


def _unknown_fields(schema_error: _SchemaError, root: Mapping[str, Any], options: ReportOptions) -> Iterator[Violation]:
    known = list(schema_error.schema.get("properties", {}))
    for name, value in schema_error.value.items():
        if name not in known:
            path = (*schema_error.path, name)
            remedy = _place_or_name(root, schema_error.path, name, value, known)
            message = f"{field_path(path)} is not a known field; {options.consequence}"
            yield Violation(path, options.unknown_field, UNKNOWN_FIELD, message, remedy)


def _place_or_name(root: Mapping[str, Any], parent: Path, name: str, value: Any, known: Sequence[str]) -> str:
    """What to do about a field that its parent does not know: its name is wrong, or its place."""
    if guess := did_you_mean(name, known):
        return f"{guess} Otherwise remove the field."
    place = right_place(root, parent, name, value)
    if place is None:
        return "Correct its name, or remove it."
    if place[: len(parent)] == parent:
        return f"It belongs below {field_path(place)}: check the indentation."
    return f"It belongs to {field_path(place)}: check the indentation."


def _missing_fields(schema_error: _SchemaError) -> Iterator[Violation]:
    """One violation for each missing field. jsonschema reports one error for each, without the name of the field; `explain`
    removes the duplicates."""
    for name in schema_error.argument:
        if name not in schema_error.value:
            words = schema_error.schema.get("properties", {}).get(name, {}).get("enum", ())
            remedy = f"Add it: {one_of(words)}." if words else "Add it."
            message = f"{field_path((*schema_error.path, name))} is missing"
            yield Violation(schema_error.path, Severity.ERROR, "MissingField", message, remedy)


def _repeated(schema_error: _SchemaError) -> Violation:
    *rest, last = schema_error.argument or ("value",)
    names = f"{', '.join(rest)} and {last}" if rest else last
    message = f"{field_path(schema_error.path)} has the same {names} as an item before it in the list"
    remedy = "Keep one of them, because server-side apply refuses a list with both."
    return Violation(schema_error.path, Severity.ERROR, "DuplicateItem", message, remedy)


def _wrong_type(schema_error: _SchemaError) -> Violation:
    allowed = [name for name in schema_error.types if name != "null"] or schema_error.types
    actual = _type_of(schema_error.value)
    words = one_of([_TYPE_NAMES[name] for name in allowed])
    message = f"{field_path(schema_error.path)} must be {words}, but is {_TYPE_NAMES[actual]}"
    remedy = _type_remedy(allowed, actual)
    own = _own_words(schema_error.schema)
    return Violation(schema_error.path, Severity.ERROR, "WrongType", message, f"{remedy} {own[1]}" if own else remedy)


def _type_remedy(allowed: Sequence[str], actual: str) -> str:
    if actual == "null":
        return "Give it a value, or leave the field out."
    if "string" in allowed and actual in ("integer", "number", "boolean"):
        return "Put it in quotes."
    if actual == "string" and not {"integer", "number", "boolean"}.isdisjoint(allowed):
        return "Write it without quotes."
    if "array" in allowed:
        return "Write a list: each item on its own line, beginning with '- '."
    if "object" in allowed:
        return "Write names and values, indented below it."
    if actual in ("integer", "number", "boolean"):
        return f"Write {one_of([_TYPE_NAMES[name] for name in allowed])}."
    return "Write a single value."


def _type_of(value: Any) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", type(None): "null"}
    return names.get(type(value), "object")


_Wording: TypeAlias = Callable[[_SchemaError, bool], tuple[str, str]]
"""(schema error, whether the value may be quoted) → what is wrong, without the name of the field; and what to do."""


def _enum(schema_error: _SchemaError, quotes: bool) -> tuple[str, str]:
    words = [str(word) for word in schema_error.argument if word not in (None, "")]
    message = f"must be {words[0]}" if len(words) == 1 else f"must be one of {', '.join(words)}"
    guess = did_you_mean(schema_error.value, words) if isinstance(schema_error.value, str) else ""
    if not (quotes and isinstance(schema_error.value, str)):
        return message, guess or ("Write one of these." if len(words) > 1 else "Write exactly this.")
    return f'{message}, but is "{schema_error.value:.64}"', guess or "Write one of these."


def _const(schema_error: _SchemaError, _quotes: bool) -> tuple[str, str]:
    return f"must be {schema_error.argument}", "Write exactly this."


def _length(schema_error: _SchemaError, _quotes: bool) -> tuple[str, str]:
    limit, unit = schema_error.argument, _LENGTH_UNITS[schema_error.keyword]
    if schema_error.keyword.startswith("max"):
        return f"must have at most {limit} {unit}", "Shorten it."
    if limit == 1:
        return "must not be empty", "Fill it, or remove the field."
    return f"must have at least {limit} {unit}", "Add what is missing."


def _bound(schema_error: _SchemaError, _quotes: bool) -> tuple[str, str]:
    return f"must be {_BOUNDS[schema_error.keyword]} {schema_error.argument}", "Write a number within the limits."


def _malformed(_error: _SchemaError, _quotes: bool) -> tuple[str, str]:
    return "does not have the form that its kind requires", "Compare it with the reference of the kind."


_LENGTH_UNITS = {
    "minLength": "characters",
    "maxLength": "characters",
    "minItems": "items",
    "maxItems": "items",
    "minProperties": "members",
    "maxProperties": "members",
}
_BOUNDS = {
    "minimum": "at least",
    "maximum": "at most",
    "exclusiveMinimum": "more than",
    "exclusiveMaximum": "less than",
}
_WORDING: Mapping[str, _Wording] = {
    "enum": _enum,
    "const": _const,
    **dict.fromkeys(_LENGTH_UNITS, _length),
    **dict.fromkeys(_BOUNDS, _bound),
}
