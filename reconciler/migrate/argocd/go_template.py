"""The part of Go's templates that ApplicationSets use: fields, `index`, and functions of texts. Pure.

What is more than that (`if`, `range`, variables, other functions) raises TemplateError, and the object is reported: a template
that is half understood would place something else.

Source: text/template; sprig for the functions; argo-cd, applicationset/utils (normalize, slugify).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

_ACTION = re.compile(r"\{\{(-?)(.*?)(-?)\}\}", re.DOTALL)
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*"|`[^`]*`)|(?P<number>-?\d+)|(?P<field>(?:\.[A-Za-z_][A-Za-z0-9_]*)+|\.)"""
    r"""|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign>[()|]))"""
)


class TemplateError(ValueError):
    """The template cannot be carried out; the message is a clause about it."""


def render_go(template: str, parameters: Mapping[str, Any], *, strict: bool) -> str:
    """strict: whether a field that is not there is an error (`missingkey=error`); else it is `<no value>`, as in Go.

    Raises TemplateError.
    """
    parts, at, trim = [], 0, False
    for match in _ACTION.finditer(template):
        before = template[at : match.start()]
        before = before.lstrip() if trim else before
        parts.append(before.rstrip() if match[1] else before)
        if not match[2].strip().startswith("/*"):
            parts.append(_printed(_Pipeline(match[2], parameters, strict).value()))
        at, trim = match.end(), bool(match[3])
    rest = template[at:]
    return "".join([*parts, rest.lstrip() if trim else rest])


def _printed(value: Any) -> str:
    if value is None:
        return "<no value>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (Mapping, list)):
        raise TemplateError("prints a mapping or a list")
    return str(value)


def normalized(name: str) -> str:
    """As Argo CD makes a name that may be a host name (applicationset/utils, SanitizeName)."""
    return re.sub(r"[^a-z0-9.-]", "-", name.lower())[:253].strip("-.")


def _slugified(*arguments: Any) -> str:
    limit, name = (50, arguments[0]) if len(arguments) == 1 else (int(arguments[0]), arguments[-1])
    slug = re.sub(r"[^a-z0-9]+", "-", str(name).lower()).strip("-")
    return slug[:limit].rstrip("-")


def _index(value: Any, *steps: Any) -> Any:
    for step in steps:
        if isinstance(value, Mapping):
            value = value.get(str(step))
        elif isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def _default(other: Any, value: Any = None) -> Any:
    return value if value else other


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "default": _default,
    "index": _index,
    "join": lambda sep, items: sep.join(map(_printed, items)),
    "lower": lambda one: str(one).lower(),
    "normalize": lambda one: normalized(str(one)),
    "nospace": lambda one: re.sub(r"\s", "", str(one)),
    "quote": lambda one: '"' + str(one).replace("\\", "\\\\").replace('"', '\\"') + '"',
    "replace": lambda old, new, one: str(one).replace(old, new),
    "slugify": _slugified,
    "splitList": lambda sep, one: str(one).split(sep),
    "squote": lambda one: f"'{one}'",
    "toString": str,
    "trim": lambda one: str(one).strip(),
    "trimPrefix": lambda prefix, one: str(one).removeprefix(prefix),
    "trimSuffix": lambda suffix, one: str(one).removesuffix(suffix),
    "trunc": lambda length, one: str(one)[:length] if length >= 0 else str(one)[length:],
    "upper": lambda one: str(one).upper(),
}
_NEEDS_VALUE = {"default"}
"""Functions that may be given a field that is not there, also where that is an error otherwise."""


class _Pipeline:
    """One action: `.a.b | default "x" | upper`."""

    def __init__(self, code: str, parameters: Mapping[str, Any], strict: bool) -> None:
        self._code, self._parameters, self._strict = code.strip(), parameters, strict
        self._tokens, self._at = _tokens_of(self._code), 0

    def value(self) -> Any:
        try:
            return self._required(self._commands(end=""))
        except RecursionError:
            raise TemplateError("has more parentheses in one another than are read here") from None

    def _commands(self, end: str) -> Any:
        value = self._command(())
        while self._at < len(self._tokens) and self._tokens[self._at] == ("sign", "|"):
            self._at += 1
            value = self._command((value,))
        if end:
            if self._at >= len(self._tokens) or self._tokens[self._at] != ("sign", end):
                raise self._not_read()
            self._at += 1
        elif self._at < len(self._tokens):
            raise self._not_read()
        return value

    def _command(self, piped: Sequence[Any]) -> Any:
        if self._at >= len(self._tokens):
            raise self._not_read()
        kind, word = self._tokens[self._at]
        if kind != "word":
            return self._operand()
        self._at += 1
        function = _FUNCTIONS.get(word)
        if function is None:
            raise TemplateError(f"has {{{{ {self._code} }}}}, and {word} is not read here")
        arguments = []
        while self._at < len(self._tokens) and self._tokens[self._at] not in (("sign", "|"), ("sign", ")")):
            arguments.append(self._operand())
        arguments += piped
        if word not in _NEEDS_VALUE:
            arguments = [self._required(one) for one in arguments]
        try:
            return function(*arguments)
        except (TypeError, ValueError):
            raise self._not_read() from None

    def _operand(self) -> Any:
        kind, word = self._tokens[self._at]
        self._at += 1
        if kind == "text":
            return word[1:-1] if word[0] == "`" else re.sub(r"\\(.)", r"\1", word[1:-1])
        if kind == "number":
            return int(word)
        if kind == "field":
            return self._parameters if word == "." else _index(self._parameters, *word[1:].split("."))
        if (kind, word) == ("sign", "("):
            return self._commands(end=")")
        raise self._not_read()

    def _required(self, value: Any) -> Any:
        if value is None and self._strict:
            raise TemplateError(f"has {{{{ {self._code} }}}}, and that field is not there")
        return value

    def _not_read(self) -> TemplateError:
        return TemplateError(f"has {{{{ {self._code} }}}}, which is not read here")


def _tokens_of(code: str) -> list[tuple[str, str]]:
    tokens, at = [], 0
    while at < len(code):
        match = _TOKEN.match(code, at)
        if match is None or match.lastgroup is None:
            raise TemplateError(f"has {{{{ {code} }}}}, which is not read here")
        tokens.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return tokens
