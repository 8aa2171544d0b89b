"""Why a document does not fit its schema, in words for people. Sole home of jsonschema.

jsonschema's own messages quote the instance, which may be a Secret's; ours name the field, what is asked of it and what to do.
A found word is quoted only where `Manner.quotes` says so, and never below a member that holds values of the user's.
A schema may bring its own words: `errorMessage` (editors show it, too) is "what is wrong. What to do.", and
`x-severity: warning` marks what Karmada accepts although it does nothing.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from reconciler.model.issues import Severity
from reconciler.model.manifest import Manifest

if TYPE_CHECKING:
    from jsonschema import ValidationError

_SECRET_MEMBERS = frozenset({"overriders", "data", "stringData", "value", "annotations"})

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


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that is wrong with a document; `load/` makes an Issue of it by adding file and line."""

    path: tuple[str | int, ...]
    """Of the field, or of the parent of what is missing."""
    severity: Severity
    reason: str
    """One CamelCase word: UnknownField, MissingField, WrongType, InvalidValue."""
    message: str
    """Names the field; never quotes what may be secret."""
    remedy: str


@dataclass(frozen=True, slots=True)
class Manner:
    """How complaints about one family of kinds are put."""

    unknown_field: Severity
    """How bad a field is that the schema does not know."""
    consequence: str
    """What becomes of such a field, as a sentence."""
    quotes: bool = False
    """Whether a found word may be printed (outside the members that hold the user's values)."""


def explain(schema: Mapping[str, Any], document: Manifest, manner: Manner) -> list[Complaint]:
    """All complaints about `document`, sorted by path; empty if it fits. `schema` as for `accept.compile_schema`."""
    # Imported here because a tree without mistakes never gets here, and the import takes 0.13 s.
    import jsonschema

    violations = map(_violation, jsonschema.Draft202012Validator(schema).iter_errors(document))
    found = {complaint for violation in violations for complaint in _complaints(violation, manner)}
    return sorted(found, key=_order)


def field_path(path: Iterable[str | int]) -> str:
    """`spec.rules[0].host`, `metadata.labels["app.kubernetes.io/name"]`; `the document` for the root."""
    text = ""
    for step in path:
        if isinstance(step, str) and _PLAIN_NAME.match(step):
            text += f".{step}" if text else step
        else:
            text += f"[{step}]" if isinstance(step, int) else f'["{step}"]'
    return text or "the document"


def _order(complaint: Complaint) -> tuple[list[tuple[int, str]], str]:
    return [(step, "") if isinstance(step, int) else (-1, step) for step in complaint.path], complaint.message


@dataclass(frozen=True, slots=True)
class _Violation:
    """A ValidationError in our words: the library's types stop here."""

    path: tuple[str | int, ...]
    keyword: str
    """Of the schema: `type`, `required`, `enum` …"""
    argument: Any
    """What the schema says there."""
    found: Any
    """The instance. Never to be printed without asking `Manner.quotes`."""
    schema: Mapping[str, Any]
    """In which the keyword stands."""
    alternatives: tuple[_Violation, ...]
    """Of `anyOf` and `oneOf`: what kept each alternative from fitting."""

    @property
    def about_type(self) -> bool:
        """Whether only the value's type is wrong, if need be for every alternative."""
        inner = self.alternatives
        return self.keyword == "type" or (bool(inner) and all(it.about_type and it.path == self.path for it in inner))

    @property
    def types(self) -> list[str]:
        """The types that would have been right."""
        if self.alternatives:
            return list(dict.fromkeys(name for inner in self.alternatives for name in inner.types))
        return [self.argument] if isinstance(self.argument, str) else list(self.argument)


def _violation(error: ValidationError) -> _Violation:
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    inner = tuple(_violation(part) for part in error.context or ())
    path = tuple(error.absolute_path)
    return _Violation(path, str(error.validator), error.validator_value, error.instance, schema, inner)


def _complaints(violation: _Violation, manner: Manner) -> Iterator[Complaint]:
    violation = _most_telling(violation)
    path, schema = violation.path, violation.schema
    if violation.keyword == "additionalProperties":
        yield from _unknown_fields(violation, manner)
    elif violation.keyword == "required":
        yield from _missing_fields(violation)
    elif violation.about_type:
        yield _wrong_type(violation)
    else:
        quotes = manner.quotes and _SECRET_MEMBERS.isdisjoint(path)
        message, remedy = _own_words(schema) or _WORDING.get(violation.keyword, _misshapen)(violation, quotes)
        severity = Severity(schema.get("x-severity", Severity.ERROR))
        yield Complaint(path, severity, "InvalidValue", f"{field_path(path)} {message}", remedy)


def _own_words(schema: Mapping[str, Any]) -> tuple[str, str] | None:
    message, _, remedy = schema.get("errorMessage", "").partition(". ")
    return (message, remedy) if message else None


def _most_telling(violation: _Violation) -> _Violation:
    """Of several alternatives the one that was probably meant: the one that fits furthest down."""
    while violation.alternatives and not violation.about_type and "errorMessage" not in violation.schema:
        violation = max(violation.alternatives, key=lambda inner: (len(inner.path), inner.keyword != "type"))
    return violation


def _unknown_fields(violation: _Violation, manner: Manner) -> Iterator[Complaint]:
    known = list(violation.schema.get("properties", {}))
    for name in violation.found:
        if name not in known:
            path = (*violation.path, name)
            guess = _nearest(name, known)
            remedy = f"Write {guess} if that is meant, or take it out." if guess else "Correct its name or take it out."
            message = f"{field_path(path)} is not a known field; {manner.consequence}"
            yield Complaint(path, manner.unknown_field, "UnknownField", message, remedy)


def _missing_fields(violation: _Violation) -> Iterator[Complaint]:
    """jsonschema reports them one by one without naming them; equal complaints fall together in the end."""
    for name in violation.argument:
        if name not in violation.found:
            words = violation.schema.get("properties", {}).get(name, {}).get("enum", ())
            remedy = f"Add it: {_listed(words)}." if words else "Add it."
            message = f"{field_path((*violation.path, name))} is missing"
            yield Complaint(violation.path, Severity.ERROR, "MissingField", message, remedy)


def _wrong_type(violation: _Violation) -> Complaint:
    wanted = [name for name in violation.types if name != "null"] or violation.types
    found = _type_of(violation.found)
    words = _listed([_TYPE_NAMES[name] for name in wanted])
    message = f"{field_path(violation.path)} must be {words}, and is {_TYPE_NAMES[found]}"
    remedy = _type_remedy(wanted, found)
    own = _own_words(violation.schema)
    return Complaint(violation.path, Severity.ERROR, "WrongType", message, f"{remedy} {own[1]}" if own else remedy)


def _type_remedy(wanted: Sequence[str], found: str) -> str:
    if found == "null":
        return "Give it a value, or leave the field out."
    if "string" in wanted and found in ("integer", "number", "boolean"):
        return "Put it in quotes."
    if found == "string" and not {"integer", "number", "boolean"}.isdisjoint(wanted):
        return "Write it without quotes."
    if "array" in wanted:
        return "Write a list: each item on a line of its own, beginning with '- '."
    if "object" in wanted:
        return "Write names and values, indented below it."
    return "Write a single value."


def _type_of(value: Any) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", type(None): "null"}
    return names.get(type(value), "object")


_Wording: TypeAlias = Callable[[_Violation, bool], tuple[str, str]]
"""(violation, whether the found value may be quoted) → what is wrong, without the field's name; and what to do."""


def _enum(violation: _Violation, quotes: bool) -> tuple[str, str]:
    words = [str(word) for word in violation.argument if word not in (None, "")]
    message = f"must be {words[0]}" if len(words) == 1 else f"must be one of {', '.join(words)}"
    if not (quotes and isinstance(violation.found, str)):
        return message, "Write one of these." if len(words) > 1 else "Write exactly this."
    guess = _nearest(violation.found, words)
    return f'{message}, and is "{violation.found:.64}"', f"Write {guess}." if guess else "Write one of these."


def _const(violation: _Violation, _quotes: bool) -> tuple[str, str]:
    return f"must be {violation.argument}", "Write exactly this."


def _length(violation: _Violation, _quotes: bool) -> tuple[str, str]:
    limit, thing = violation.argument, _COUNTED[violation.keyword]
    if violation.keyword.startswith("max"):
        return f"must have at most {limit} {thing}", "Shorten it."
    if limit == 1:
        return "must not be empty", "Fill it, or take the field out."
    return f"must have at least {limit} {thing}", "Add what is missing."


def _bound(violation: _Violation, _quotes: bool) -> tuple[str, str]:
    return f"must be {_BOUNDS[violation.keyword]} {violation.argument}", "Write a number within the limits."


def _misshapen(_violation: _Violation, _quotes: bool) -> tuple[str, str]:
    return "has not the form that its kind asks for", "Compare it with the kind's reference."


_COUNTED = {
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
    **dict.fromkeys(_COUNTED, _length),
    **dict.fromkeys(_BOUNDS, _bound),
}


def _nearest(word: str, known: Sequence[str]) -> str:
    """The known word that was probably meant: one slip of the fingers away, or cut short or spun out; empty if none is."""
    lower = {name.lower(): name for name in known}
    found = difflib.get_close_matches(word.lower(), lower, n=1, cutoff=0.7)
    found += [name for name in lower if len(name) > 3 < len(word) and _one_begins_the_other(name, word.lower())]
    return lower[found[0]] if found else ""


def _one_begins_the_other(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _listed(words: Sequence[Any]) -> str:
    *rest, last = [str(word) for word in words]
    return f"{', '.join(rest)} or {last}" if rest else last
