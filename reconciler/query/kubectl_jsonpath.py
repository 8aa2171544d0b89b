"""What a JSONPath template of kubectl comes to for a document (client-go: `util/jsonpath`, with absent keys allowed).

Where kubectl goes through a mapping in Go's random order (`.*`, `..`), the order of the keys is taken here.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from reconciler.query.go_text import json_text, plain_text
from reconciler.query.kubectl_syntax import (
    Descent,
    Every,
    Field,
    Filter,
    Literal,
    Slice,
    Step,
    Steps,
    Template,
    TemplateError,
    Text,
    Union,
    Word,
    parse_template,
)


class WithHidden(dict[str, Any]):
    """A document that answers to more fields than it has: a path finds them, and they are not printed with it."""

    def __init__(self, document: Mapping[str, Any], hidden: Mapping[str, Any]) -> None:
        super().__init__(document)
        self.hidden = hidden

    def __missing__(self, name: str) -> Any:
        return self.hidden[name]


def render_template(template: Template, document: Any, *, as_json: bool = False) -> str:
    """What kubectl prints for `-o jsonpath`; with as_json for `-o jsonpath-as-json`. Raises TemplateError."""
    results = find_results(template, document)
    try:
        if as_json:
            return "".join(f"{json_text(values, indent=4)}\n" for values in results)
        return "".join(" ".join(map(_printed, values)) for values in results)
    except RecursionError:
        raise _too_deep() from None


def find_results(template: Template, document: Any) -> list[list[Any]]:
    """The values of each part of a template; a part in a loop counts once for each turn. Raises TemplateError."""
    try:
        return _Run(template).results(0, document)
    except RecursionError:
        raise _too_deep() from None


def relaxed_path(text: str) -> Template:
    """A path in the lenient form of `--sort-by` and `-o custom-columns`: with or without braces and the first dot. Raises
    TemplateError."""
    inner = text[1:-1] if text.startswith("{") and text.endswith("}") else text
    inner = inner.removeprefix(".")
    if not inner or "{" in inner or "}" in inner:
        raise TemplateError(f"{text!r} is not a path; write name1.name2, .name1.name2 or {{.name1.name2}}")
    return parse_template(f"{{.{inner}}}")


def _too_deep() -> TemplateError:
    return TemplateError("the document is nested too deeply")


def _printed(value: Any) -> str:
    if value is None:
        return "null"
    return json_text(value) if isinstance(value, (dict, list)) else plain_text(value)


class _Run:
    """One run of a template. Loops are followed as in client-go: a `range` runs what stands behind it once for each value, up to
    its `end`, and the run goes on behind that."""

    def __init__(self, template: Template) -> None:
        self._parts = template
        self._begun = self._inside = self._ended = 0
        self._last_end = -1

    def results(self, place: int, document: Any) -> list[list[Any]]:
        found: list[list[Any]] = []
        while place < len(self._parts):
            values = self._part([document], self._parts[place])
            if 0 < self._ended <= self._inside:
                self._ended -= 1
                self._last_end = place
                break
            if self._begun:
                self._begun -= 1
                self._inside += 1
                for value in values:
                    found += self.results(place + 1, value)
                if not values:
                    self.results(place + 1, None)
                self._inside -= 1
                place = max(place, self._last_end) + 1
                continue
            found.append(values)
            place += 1
        return found

    def _part(self, values: list[Any], part: Text | Steps) -> list[Any]:
        return [part.text] if isinstance(part, Text) else self._steps(values, part)

    def _steps(self, values: list[Any], steps: Steps) -> list[Any]:
        for step in steps:
            values = self._step(values, step)
        return values

    def _step(self, values: list[Any], step: Step) -> list[Any]:
        match step:
            case Text(text):
                return [text]
            case Literal(value):
                return [value] * len(values)
            case Field(name):
                return [value[name] for value in values if _has(value, name)]
            case Every():
                return [below for value in values for below in _below(value)]
            case Descent():
                return _descended(values)
            case Slice():
                return _sliced(values, step)
            case Union(parts):
                return [value for part in parts for value in self._steps(values, part)]
            case Filter():
                return [item for value in values for item in self._filtered(value, step)]
            case Word(name):
                return self._word(values, name)

    def _word(self, values: list[Any], name: str) -> list[Any]:
        if name == "range":
            self._begun += 1
            return values
        if name != "end":
            raise TemplateError(f"{name} has no meaning; a field begins with a dot: .{name}")
        if not self._inside:
            raise TemplateError("`end` stands outside of a range")
        self._ended += 1
        return []

    def _filtered(self, value: Any, step: Filter) -> Iterable[Any]:
        if not isinstance(value, list):
            raise TemplateError(f"a filter needs a list, not {_kind(value)}")
        return [item for item in value if self._passes(item, step)]

    def _passes(self, item: Any, step: Filter) -> bool:
        if not step.operator:
            try:
                return bool(self._steps([item], step.left))
            except TemplateError:  # As kubectl: what cannot be followed to its end counts as present.
                return True
        sides = [self._steps([item], side) for side in (step.left, step.right)]
        if any(len(side) > 1 for side in sides):
            raise TemplateError("a filter compares one value at a time")
        return all(sides) and _compared(sides[0][0], step.operator, sides[1][0])


def _has(value: Any, name: str) -> bool:
    if not isinstance(value, Mapping):
        return False
    return name in value or (isinstance(value, WithHidden) and name in value.hidden)


def _below(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [value[key] for key in sorted(value)]
    if isinstance(value, list):
        return value
    return list(value.encode()) if isinstance(value, str) else []


def _descended(values: list[Any]) -> list[Any]:
    """Every value that has something in it, a text too, and all of these below it; the outer ones first."""
    found, rest = [], list(reversed(values))
    while rest:
        value = rest.pop()
        if below := _below(value):
            found.append(value)
            rest += reversed(below)
    return found


def _sliced(values: list[Any], step: Slice) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if value is None:
            continue
        if not isinstance(value, list):
            raise TemplateError(f"an index needs a list, not {_kind(value)}")
        size = len(value)
        start = step.start or 0
        start += size if start < 0 else 0
        end = size if step.end is None else step.end
        end += size if end < 0 or (end == 0 and step.is_index) else 0
        if start == end:
            return found
        if not 0 <= start < size or not 0 <= end <= size:
            wrong = start if not 0 <= start < size else end - 1
            raise TemplateError(f"the index {wrong} is outside of a list with {size} items")
        if start > end:
            raise TemplateError(f"the range of an index begins at {start} and ends at {end}")
        if step.step is not None and step.step <= 0:
            raise TemplateError("the step of an index is not above 0")
        found += value[start : end : step.step or 1]
    return found


_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _compared(left: Any, sign: str, right: Any) -> bool:
    if sign not in _OPERATORS:
        raise TemplateError(f"{sign} is no comparison; write one of {' '.join(_OPERATORS)}")
    if type(left) is not type(right) or not isinstance(left, (bool, int, float, str)):
        raise TemplateError(f"{_kind(left)} and {_kind(right)} cannot be compared")
    if isinstance(left, bool) and sign not in ("==", "!="):
        raise TemplateError(f"booleans have no order: {sign}")
    if isinstance(left, str):
        return _OPERATORS[sign](left.encode(), right.encode())  # By bytes, as Go.
    return _OPERATORS[sign](left, right)


def _kind(value: Any) -> str:
    names = {dict: "a mapping", list: "a list", str: "a text", bool: "a boolean", int: "a whole number", float: "a fraction"}
    return names.get(type(value), "nothing")
