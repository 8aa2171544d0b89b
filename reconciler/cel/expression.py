"""One CEL expression: compiled once, evaluated for many objects."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Any, TypeAlias

from cel_expr_python import cel

from reconciler.cel.environment import FUNCTIONS, environment
from reconciler.cel.errors import EvaluationError, NoPlainValueError, NotJudgedError, reason_in
from reconciler.cel.macros import NULL, expand, read_times
from reconciler.cel.syntax import (
    Call,
    Comprehension,
    Constant,
    ListOf,
    Name,
    Node,
    Select,
    children,
    decode,
    descendants,
    encode,
    rewritten,
)

Path: TypeAlias = tuple[str, ...]

_NOTHING_BELOW = "@nothing"
"""The end of a path where only the presence of a value matters."""
_MOST_NODES = 10_000
_LONGEST = 20_000
"""Kubernetes accepts 10,000 bytes of a policy and 2,048 of a rule's message; more is not compiled."""


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """A compiled expression."""

    source: str
    program: cel.Expression = field(repr=False)
    paths: frozenset[Path]
    """Every chain of fields that starts at a variable, such as `object.spec`, as long as it is."""

    operands: frozenset[tuple[str, str]]
    """(operator, last field) of the operands of `+`, `==` and `!=`; the field is `[` for a list that is written out."""

    is_unsigned: bool
    """Whether it makes unsigned numbers, which are numbers like others once they are plain data."""
    _touched: dict[tuple[Path, ...], str] = field(default_factory=dict, repr=False)

    def touches(self, path: Path) -> bool:
        """Whether the result may depend on this part of a variable: a chain leads to it, or ends above it."""
        return any(one[: len(path)] == path or path[: len(one)] == one for one in self.paths)

    def first_touched(self, paths: tuple[Path, ...]) -> str:
        """The first of these parts that it may depend on, with dots; empty if there is none."""
        if paths not in self._touched:
            self._touched[paths] = next((".".join(path) for path in paths if self.touches(path)), "")
        return self._touched[paths]

    def evaluate(self, activation: cel.Activation) -> Any:
        """The value, as plain data. Raises EvaluationError, and NotJudgedError for a value that is none."""
        try:
            result = self.program.eval(activation)
        except (TypeError, RuntimeError, OverflowError) as error:
            raise NotJudgedError(f"the CEL library cannot evaluate {shortened(self.source)}: {_first_line(error)}") from None
        try:
            value = result.plain_value()
        except (TypeError, RuntimeError, OverflowError):
            raise NoPlainValueError(f"the CEL library cannot hand out the value of {shortened(self.source)}") from None
        if result.type() == cel.Type.ERROR:
            if reason := reason_in(str(value)):
                raise NotJudgedError(f"{shortened(self.source)}: {reason}")
            if "Non-CEL value type" in str(value):
                raise NotJudgedError(f"the CEL library cannot read a value that {shortened(self.source)} uses")
            raise EvaluationError(_in_words_of_kubernetes(str(value)))
        return value


def activate(values: Mapping[str, Any]) -> cel.Activation:
    """The variables for `Expression.evaluate`. Raises NotJudgedError."""
    try:
        return environment().Activation(dict(values))
    except (TypeError, RuntimeError, OverflowError, ValueError) as error:
        raise NotJudgedError(f"the CEL library cannot read the object: {_first_line(error)}") from None


NOTHING: Mapping[str, str] = {}
_Pairs: TypeAlias = tuple[tuple[str, str], ...]


@lru_cache(4096)
def compiled(source: str, times: _Pairs = (), inlined: _Pairs = ()) -> Expression | str:
    """The expression; the reason where it cannot be judged. times, inlined: as for `compile_expression`."""
    if len(source) > _LONGEST:
        return "an expression is too long"
    env = environment()
    try:
        tree = _parsed(source, dict(inlined))
        if sum(1 for _ in islice(descendants(tree), _MOST_NODES)) == _MOST_NODES:
            return f"{shortened(source)} is too large"
        paths, operands = frozenset(_paths(tree)), frozenset(_operands(tree))
        tree = expand(read_times(tree, dict(times)) if times else tree)
        if unknown := sorted(_unknown_functions(tree)):
            return f"{shortened(source)} calls {unknown[0]}, which is not known here"
        program = env.deserialize(encode(tree))
    except (RuntimeError, ValueError, RecursionError) as error:
        return f"the CEL library cannot compile {shortened(source)}: {_first_line(error)}"
    return Expression(source, program, paths, operands, any(map(_makes_unsigned, descendants(tree))))


def _parsed(source: str, inlined: Mapping[str, str]) -> Node:
    """The tree, with these variables replaced by their expressions. Raises what the library raises."""
    tree = decode(environment().compile(source, disable_check=True).serialize())
    if not inlined:
        return tree

    def replace(node: Node) -> Node:
        if isinstance(node, Select) and node.operand == Name("variables") and node.field in inlined and not node.is_test:
            others = {name: text for name, text in inlined.items() if name != node.field}
            return _parsed(inlined[node.field], others)
        return node

    return rewritten(tree, replace)


def compile_expression(source: str, times: Mapping[str, str] = NOTHING, inlined: Mapping[str, str] = NOTHING) -> Expression:
    """times: as for `macros.read_times`. inlined: variables that are replaced by their expressions. Raises NotJudgedError."""
    result = compiled(source, tuple(sorted(times.items())), tuple(inlined.items()))
    if isinstance(result, str):
        raise NotJudgedError(result)
    return result


def shortened(source: str, most: int = 120) -> str:
    text = " ".join(source.split())
    return f"`{text}`" if len(text) <= most else f"`{text[: most - 1]}…`"


def _operands(tree: Node) -> Iterator[tuple[str, str]]:
    for node in descendants(tree):
        if isinstance(node, Call) and node.function in ("_+_", "_==_", "_!=_"):
            for one in node.arguments:
                name = (
                    one.field if isinstance(one, Select) else one.name if isinstance(one, Name) else "[" * isinstance(one, ListOf)
                )
                yield node.function, name


def _makes_unsigned(node: Node) -> bool:
    return node.is_unsigned if isinstance(node, Constant) else isinstance(node, Call) and node.function == "uint"


def _unknown_functions(tree: Node) -> Iterator[str]:
    for node in descendants(tree):
        if isinstance(node, Call) and node.function not in FUNCTIONS:
            space = node.target.name if isinstance(node.target, Name) else ""
            if f"{space}.{node.function}" not in FUNCTIONS:
                yield node.function


def _paths(tree: Node, bound: frozenset[str] = frozenset()) -> Iterator[Path]:
    """Chains of fields. What is below an item of a list is not followed."""
    path = _path(tree)
    if path and path[0] not in bound:
        yield path
        return
    if isinstance(tree, Call) and tree.function in ("_==_", "_!=_") and NULL in tree.arguments:
        # Only whether there is a value matters, not what is in it.
        yield from ((*_path(one), _NOTHING_BELOW) for one in tree.arguments if _path(one))
        return
    if isinstance(tree, Comprehension):
        bound = bound | {tree.variable, tree.second_variable, tree.accumulator}
    for child in children(tree):
        yield from _paths(child, bound)


def _path(node: Node) -> Path:
    """`object.spec.x`, `object.?spec.x`, `object["spec"].x` as a path; empty for anything else."""
    if isinstance(node, Name):
        name, *fields = node.name.split(".")
        return (name, *fields)
    if isinstance(node, Select):
        above = _path(node.operand)
        return (*above, node.field, *([_NOTHING_BELOW] if node.is_test else [])) if above else ()
    if isinstance(node, Call) and node.function in ("_?._", "_[_]", "_[?_]") and len(node.arguments) == 2:
        above, key = _path(node.arguments[0]), getattr(node.arguments[1], "text", None)
        return (*above, key) if above and key is not None else ()
    return ()


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


def _in_words_of_kubernetes(message: str) -> str:
    text = message.partition(": ")[2] if re.match(r"[A-Z_]+: ", message) else message
    if found := re.fullmatch(r'Key not found in map : "(.*)"', text, re.DOTALL):
        return f"no such key: {found[1]}"
    if text.startswith("No matching overloads found"):
        return "no such overload"
    if found := re.match(r"Index error: index=(-?[0-9]+)", text):
        return f"index out of bounds: {found[1]}"
    return {"divide by zero": "division by zero", "modulus by zero": "modulus by zero"}.get(text, text)
