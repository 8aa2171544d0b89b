"""Label selectors in the form of `kubectl -l`: `app=web,env!=dev,tier in (a,b),!x,n>5`.

The grammar is that of apimachinery (pkg/labels), including the empty values that it accepts.
"""

from __future__ import annotations

import re

from reconciler.model.selector import InvalidSelectorError, LabelSelector, Requirement, requirement_of, selector_of


def parse_selector_text(expression: str) -> LabelSelector:
    """The selector of `kubectl -l EXPRESSION`; an empty text matches everything. Raises InvalidSelectorError."""
    return selector_of(_Reader(expression).requirements())


_TOKEN = re.compile(r"[ \t\r\n]*(==|!=|[=!(),<>]|[^=!(),<> \t\r\n]+)")
_SYMBOLS = frozenset(["=", "==", "!", "!=", "(", ")", ",", "<", ">"])
_OPERATORS = {"in": "In", "notin": "NotIn", "=": "=", "==": "==", "!=": "!=", ">": "Gt", "<": "Lt"}
_END = ""


class _Reader:
    """Reads the tokens of an expression. `in` and `notin` are operators only after a key; elsewhere they are plain words."""

    def __init__(self, expression: str) -> None:
        tokens: list[str] = _TOKEN.findall(expression)
        self._tokens = [*tokens, _END]
        self._position = 0

    def requirements(self) -> list[Requirement]:
        requirements: list[Requirement] = []
        if self._peek() == _END:
            return requirements
        while True:
            requirements.append(self._requirement())
            separator = self._next()
            if separator == _END:
                return requirements
            if separator != ",":
                raise _unexpected(separator, "a comma or the end")

    def _requirement(self) -> Requirement:
        if self._peek() == "!":
            self._next()
            return requirement_of(self._word("a label key"), "DoesNotExist", ())
        key = self._word("a label key")
        if self._peek() in (_END, ","):
            return requirement_of(key, "Exists", ())
        sign = self._next()
        if sign not in _OPERATORS:
            raise _unexpected(sign, "one of in, notin, =, ==, !=, >, <")
        values = self._set() if sign in ("in", "notin") else {self._exact()}
        return requirement_of(key, _OPERATORS[sign], tuple(sorted(values)))

    def _exact(self) -> str:
        return "" if self._peek() in (_END, ",") else self._word("a value")

    def _set(self) -> set[str]:
        """Values in brackets. A gap is the empty value; `()` is one, and two commas together make up one gap."""
        if (opening := self._next()) != "(":
            raise _unexpected(opening, "an opening bracket")
        values: set[str] = {""} if self._peek() == ")" else set()
        while self._peek() != ")":
            item = self._next()
            if item == ",":
                if not values or self._peek() in (",", ")"):
                    values.add("")
                if self._peek() == ",":
                    self._next()
                    if self._peek() == ")":
                        raise _unexpected(")", "a value or a comma")
            elif item in _SYMBOLS or item == _END:
                raise _unexpected(item, "a value or a comma")
            else:
                values.add(item)
                if self._peek() not in (",", ")"):
                    raise _unexpected(self._peek(), "a comma or a closing bracket")
        self._next()
        return values

    def _word(self, expected: str) -> str:
        token = self._next()
        if token in _SYMBOLS or token == _END:
            raise _unexpected(token, expected)
        return token

    def _peek(self) -> str:
        return self._tokens[self._position]

    def _next(self) -> str:
        """Returns the token and moves to the next one; at the end it stays."""
        token = self._tokens[self._position]
        self._position = min(self._position + 1, len(self._tokens) - 1)
        return token


def _unexpected(token: str, expected: str) -> InvalidSelectorError:
    return InvalidSelectorError(f"label selector: found {repr(token) if token else 'the end'}, expected {expected}")
