"""The rules of a CustomResourceDefinition, `x-kubernetes-validations`, applied to a custom resource.

k8s.io/apiextensions-apiserver pkg/apiserver/schema/cel/validation.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.cel.errors import EvaluationError, NotJudgedError
from reconciler.cel.expression import Expression, activate, compile_expression, shortened
from reconciler.cel.functions.collections import equal
from reconciler.cel.structural import RuledSchema, Schema, cel_value, in_one_order
from reconciler.cel.verdicts import Outcome, Verdict
from reconciler.model.manifest import Manifest, is_secret, mapping, sequence, text


@dataclass(frozen=True, slots=True)
class _Place:
    """One value with the one before."""

    path: str
    value: Any
    old: Any
    """None where there is no value to compare with."""
    is_secret: bool
    """Whether messages must not have values."""
    is_unchanged: bool
    """Whether a violation is tolerated, because the value, or the nearest value with an old one, is as it was."""


def judge_rules(stored: Manifest, old: Manifest | None, ruled: RuledSchema) -> list[Verdict]:
    """stored, old: as `structural.stored_custom` gives them. Sorted by field."""
    unchanged = old is not None and equal(_content(stored), _content(old))
    place = _Place("", dict(stored), None if old is None else dict(old), is_secret(stored), unchanged)
    return sorted(set(_judge(place, ruled.schema, ruled)))


def _content(manifest: Manifest) -> dict[str, Any]:
    return {name: value for name, value in manifest.items() if name not in ("metadata", "status")}


def _judge(place: _Place, schema: Schema, ruled: RuledSchema) -> Iterator[Verdict]:
    if place.value is None:
        return
    rules = [rule for rule in sequence(schema, "x-kubernetes-validations") if isinstance(rule, Mapping)]
    if rules:
        yield from _apply(place, schema, ruled, rules)
    if isinstance(place.value, list):
        yield from _judge_items(place, schema, ruled)
    elif isinstance(place.value, Mapping):
        yield from _judge_members(place, schema, ruled)


def _judge_members(place: _Place, schema: Schema, ruled: RuledSchema) -> Iterator[Verdict]:
    members, others = mapping(schema, "properties"), schema.get("additionalProperties")
    for name, value in sorted(place.value.items()):
        below = members.get(name)
        path = f"{place.path}.{name}".lstrip(".")
        if below is None and isinstance(others, Mapping):
            below, path = others, f"{place.path}[{name}]"
        if isinstance(below, Mapping) and ruled.has_rules(below):
            old = place.old.get(name) if isinstance(place.old, Mapping) else None
            yield from _judge(_below(place, path, value, old), below, ruled)


def _judge_items(place: _Place, schema: Schema, ruled: RuledSchema) -> Iterator[Verdict]:
    items = mapping(schema, "items")
    if not ruled.has_rules(items):
        return
    keys = sequence(schema, "x-kubernetes-list-map-keys") if text(schema, "x-kubernetes-list-type") == "map" else []
    olds = {_identity(item, keys): item for item in place.old} if keys and isinstance(place.old, list) else {}
    for number, value in enumerate(place.value):
        yield from _judge(_below(place, f"{place.path}[{number}]", value, olds.get(_identity(value, keys))), items, ruled)


def _below(place: _Place, path: str, value: Any, old: Any) -> _Place:
    return _Place(path, value, old, place.is_secret, place.is_unchanged if old is None else equal(value, old))


def _identity(item: Any, keys: list[Any]) -> tuple[str, ...]:
    return tuple(repr(item.get(key)) for key in keys) if isinstance(item, Mapping) else ()


def _apply(place: _Place, schema: Schema, ruled: RuledSchema, rules: list[Mapping[str, Any]]) -> Iterator[Verdict]:
    try:
        this = _Rules(place, schema, ruled)
    except NotJudgedError as error:
        yield _verdict(Outcome.NOT_JUDGED, place.path, str(error))
        return
    for rule in rules:
        try:
            yield from this.apply(rule)
        except NotJudgedError as error:
            yield _verdict(Outcome.NOT_JUDGED, place.path, str(error))


class _Rules:
    """The rules at one place."""

    def __init__(self, place: _Place, schema: Schema, ruled: RuledSchema) -> None:
        """Raises NotJudgedError."""
        self._place = place
        times, self._unordered = ruled.fields_of(schema)
        self._times = {**times, "oldSelf": times["self"]} if "self" in times else times
        self._choices = [_values(place, schema, lambda value, schema: value)]
        if self._unordered:
            self._choices.append(_values(place, schema, in_one_order))

    def apply(self, rule: Mapping[str, Any]) -> Iterator[Verdict]:
        """Raises NotJudgedError."""
        source, place = text(rule, "rule"), self._place
        expression = compile_expression(source, self._times)
        is_transition, is_optional = expression.touches(("oldSelf",)), rule.get("optionalOldSelf") is True
        if is_transition and place.old is None and not is_optional:
            return
        if is_transition and is_optional:
            expression = compile_expression(_with_optional(source, is_there=place.old is not None), self._times)
        try:
            if self._evaluate(expression) is True:
                return
        except EvaluationError as error:
            yield _verdict(Outcome.DENIED, place.path, _error_text(error, text(rule, "message").strip() or source.strip()))
            return
        outcome = Outcome.WARNED if place.is_unchanged and not is_transition else Outcome.DENIED
        path = place.path + text(rule, "fieldPath")
        yield _verdict(outcome, path.lstrip("."), self._message(rule))

    def _evaluate(self, expression: Expression) -> Any:
        """Raises EvaluationError; NotJudgedError where the order of a list decides that has none."""
        result = expression.evaluate(activate(self._choices[0]))
        if self._unordered and expression.operands:
            fields = {name for _, name in expression.operands} & self._unordered
            added = any(operator == "_+_" for operator, name in expression.operands if name in self._unordered)
            literal = fields and any(name == "[" for _, name in expression.operands)
            if added or literal or expression.evaluate(activate(self._choices[1])) != result:
                if not added and not literal and not _depends_on_order(expression):
                    return expression.evaluate(activate(self._choices[1]))
                raise NotJudgedError(f"{shortened(expression.source)} combines lists whose order does not count")
        return result

    def _message(self, rule: Mapping[str, Any]) -> str:
        if not self._place.is_secret and (source := text(rule, "messageExpression")):
            try:
                value = compile_expression(source, self._times).evaluate(activate(self._choices[0]))
            except (EvaluationError, NotJudgedError):
                value = ""
            one = value.strip() if isinstance(value, str) else ""
            if one and "\n" not in one:
                return one
        return text(rule, "message").strip() or f"failed rule: {text(rule, 'rule').strip()}"


def _values(place: _Place, schema: Schema, order: Callable[[Any, Schema], Any]) -> dict[str, Any]:
    """The variables of the rules. Raises NotJudgedError."""
    old = None if place.old is None else cel_value(order(place.old, schema), schema)
    return {"self": cel_value(order(place.value, schema), schema), "oldSelf": old}


_ORDERLY = ("[", "isSorted", "indexOf", "lastIndexOf", "join", "first", "last", "slice")


def _depends_on_order(expression: Expression) -> bool:
    return any(word in expression.source for word in _ORDERLY)


def _with_optional(source: str, *, is_there: bool) -> str:
    """The rule with `oldSelf` as an optional, which cannot be handed to the library as a variable: it is that of a loop."""
    return f"[{'optional.of(oldSelf)' if is_there else 'optional.none()'}].all(oldSelf, ({source}\n))"


def _error_text(error: EvaluationError, rule: str) -> str:
    if str(error) == "no such overload":
        what = "call arguments did not match a supported operator, function or macro signature"
        return f"'no such overload': {what} for rule: {rule}"
    return f"{error} evaluating rule: {rule}"


def _verdict(outcome: Outcome, path: str, message: str) -> Verdict:
    return Verdict(outcome, "", "", message, path)
