"""Selectors of labels and of clusters.

There are two ways to parse a selector. `parse_label_selector` refuses what Kubernetes refuses, with the reason (for `validate`).
`LabelSelector.parse` returns a selector that matches nothing instead, as Karmada does for policies. Selectors match far more
often than they are parsed, so all checks are made when a selector is parsed. The text form of `-l` is in `selector_text.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.errors import ReconcilerError
from reconciler.model.label_syntax import key_problem, value_problem


class InvalidSelectorError(ReconcilerError):
    """Kubernetes would refuse the selector."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition on one label, with the rules of Kubernetes (apimachinery, pkg/labels)."""

    key: str
    operator: str
    """In, NotIn, Exists, DoesNotExist; `=`, `==`, `!=`; Gt and Lt in text and in field selectors."""
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """A missing key satisfies NotIn, `!=` and DoesNotExist only."""
        value = labels.get(self.key)
        operator = self.operator
        if operator in _ONE_OF:
            return value is not None and value in self.values
        if operator in _NONE_OF:
            return value is None or value not in self.values
        if operator == "Exists":
            return value is not None
        if operator == "DoesNotExist":
            return value is None
        return value is not None and self._compares(value)

    def _compares(self, value: str) -> bool:
        """Gt and Lt. The condition does not hold unless both sides are integers of 64 bits."""
        if self.operator not in _COMPARISONS:
            return False
        label, bound = _integer(value), _integer(self.values[0]) if len(self.values) == 1 else None
        if label is None or bound is None:
            return False
        return label > bound if self.operator == "Gt" else label < bound

    @property
    def problem(self) -> str:
        """Why Kubernetes would refuse the requirement; empty if it accepts it."""
        if message := key_problem(self.key):
            return message
        arity = _ARITY.get(self.operator)
        if arity is None:
            return f"{self.operator!r} is not a selector operator"
        least, most, rule = arity
        if not least <= len(self.values) <= most:
            return f"{self.key}: {self.operator} takes {rule}"
        if self.operator in _COMPARISONS and _integer(self.values[0]) is None:
            return f"{self.key}: {self.operator} compares with a whole number, not {self.values[0]!r}"
        return next(filter(None, map(value_problem, self.values)), "")

    def __str__(self) -> str:
        """The requirement in the form of `-l`, with sorted values."""
        values = ",".join(sorted(self.values))
        if self.operator in _WORDS:
            return f"{self.key} {_WORDS[self.operator]} ({values})"
        if self.operator in ("Exists", "DoesNotExist"):
            return self.key if self.operator == "Exists" else f"!{self.key}"
        return f"{self.key}{_COMPARISONS.get(self.operator, self.operator)}{values}"


_ONE_OF = frozenset({"In", "=", "=="})
_NONE_OF = frozenset({"NotIn", "!="})
_WORDS = {"In": "in", "NotIn": "notin"}
_COMPARISONS = {"Gt": ">", "Lt": "<"}
_UNBOUNDED = 1 << 62
_ARITY = {
    "In": (1, _UNBOUNDED, "at least one value"),
    "NotIn": (1, _UNBOUNDED, "at least one value"),
    "Exists": (0, 0, "no values"),
    "DoesNotExist": (0, 0, "no values"),
    **dict.fromkeys(("=", "==", "!=", "Gt", "Lt"), (1, 1, "exactly one value")),
}


@dataclass(frozen=True, slots=True)
class LabelSelector:
    """Matches if all requirements match; without requirements it matches everything."""

    requirements: tuple[Requirement, ...] = ()
    """Sorted by key."""
    valid: bool = True
    """If False, it matches nothing, because it was null or because Kubernetes would refuse it."""

    @classmethod
    def parse(cls, document: Any) -> LabelSelector:
        """A selector from `matchLabels` and `matchExpressions`. Null, and what Kubernetes would refuse, matches nothing."""
        try:
            return parse_label_selector(document)
        except InvalidSelectorError:
            return NOTHING

    def matches(self, labels: Mapping[str, str]) -> bool:
        # A plain loop: it runs for every pair of policy and template, and a generator would take twice as long.
        for requirement in self.requirements:
            if not requirement.matches(labels):
                return False
        return self.valid

    @property
    def canonical(self) -> str:
        """The selector in the form of `-l`, keys and values sorted; empty if it matches everything or nothing."""
        return ",".join(map(str, self.requirements))


NOTHING = LabelSelector(valid=False)
"""The selector for null, unlike `{}`, which matches everything. Where null has another meaning, the caller handles it."""


def parse_label_selector(document: Any) -> LabelSelector:
    """The selector of a `{matchLabels, matchExpressions}` mapping; null gives `NOTHING`. Raises InvalidSelectorError.

    The operators of `matchExpressions` are In, NotIn, Exists and DoesNotExist (apimachinery, metav1.LabelSelectorAsSelector).
    """
    if document is None:
        return NOTHING
    pairs = _member(document, "matchLabels", Mapping) or {}
    expressions = _member(document, "matchExpressions", list) or []
    requirements = [requirement_of(_text(key), "=", (_text(value),)) for key, value in pairs.items()]
    for item in expressions:
        operator = _text(_member(item, "operator", str))
        if operator not in ("In", "NotIn", "Exists", "DoesNotExist"):
            raise InvalidSelectorError(f"{operator!r} is not a label selector operator; use In, NotIn, Exists or DoesNotExist")
        values = tuple(map(_text, _member(item, "values", list) or ()))
        requirements.append(requirement_of(_text(_member(item, "key", str)), operator, values))
    return selector_of(requirements)


def selector_of(requirements: Iterable[Requirement]) -> LabelSelector:
    """The selector with all of these requirements."""
    return LabelSelector(tuple(sorted(requirements, key=lambda requirement: requirement.key)))


def requirement_of(key: str, operator: str, values: tuple[str, ...]) -> Requirement:
    """A valid requirement. Raises InvalidSelectorError if Kubernetes would refuse it."""
    requirement = Requirement(key, operator, values)
    if problem := requirement.problem:
        raise InvalidSelectorError(problem)
    return requirement


def _member(document: Any, name: str, shape: type) -> Any:
    if not isinstance(document, Mapping):
        raise InvalidSelectorError("a selector is a mapping of matchLabels and matchExpressions")
    value = document.get(name)
    if value is not None and not isinstance(value, shape):
        raise InvalidSelectorError(f"{name} of a selector has the wrong type")
    return value


def _text(value: Any) -> str:
    """As in every string field of Kubernetes, null is the empty string; anything else must be a string."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidSelectorError(f"keys and values of a selector must be strings, not {value!r}")
    return value


_INTEGER = re.compile(r"[+-]?[0-9]{1,4000}")
_LARGEST = (1 << 63) - 1


def _integer(value: str) -> int | None:
    if not _INTEGER.fullmatch(value):
        return None
    number = int(value)
    return number if -_LARGEST - 1 <= number <= _LARGEST else None
