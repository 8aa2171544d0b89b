"""The reason words that the program can report, found in its source.

Every call that makes an issue is looked at: `error("UnknownKind", …)`, `Violation(…)`, `DocumentError(…, reason=…)`. Its reason
must resolve to words: a text, a constant, a choice between them, or a name that the function assigns. A parameter makes the
function a maker, whose calls are looked at in turn, and `one.reason` was made elsewhere. So no word is missed: a reason
that resolves to nothing is reported as unresolved.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "reconciler"
MAKERS = {"Issue": 2, "Violation": 2, "Unschedulable": 2, "Refusal": 0, "DocumentError": -1}
"""Constructor → position of its reason; -1: only by name."""
SEVERE = {"error": "error", "DocumentError": "error", "Unschedulable": "error", "warning": "warning"}


@dataclass
class Found:
    """What the source says."""

    words: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Word → the severities that are certain from the call alone."""
    unresolved: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Maker:
    position: int
    default: ast.expr | None = None
    methods_in: str = ""
    """A method is recognised by its name in this room only: `add` of a collector, not of a set."""


def find_reasons(package: Path = PACKAGE) -> Found:
    trees = {path.relative_to(package).as_posix(): ast.parse(path.read_text()) for path in sorted(package.rglob("*.py"))}
    constants = {path: dict(_constants(tree)) for path, tree in trees.items()}
    makers = {name: _Maker(position) for name, position in MAKERS.items()}
    calls = [(path, function, call) for path, tree in trees.items() for function, call in _calls(tree)]
    while True:
        found, more = Found(), dict(makers)
        for path, function, call in calls:
            _look_at(path, function, call, makers, more, constants, found)
        if more.keys() == makers.keys():
            return found
        makers = more


def _look_at(
    path: str,
    function: ast.FunctionDef | None,
    call: ast.Call,
    makers: Mapping[str, _Maker],
    more: dict[str, _Maker],
    constants: Mapping[str, Mapping[str, list[str]]],
    found: Found,
) -> None:
    name, maker = _maker_of(call, path, makers)
    reason = _reason_in(call, maker) if maker else None
    if maker is None or reason is None:
        return
    words, parameter = _resolve(reason, function, constants[path], constants)
    if parameter and function is not None:
        more[function.name] = _as_maker(function, parameter, path)
    elif not words and not isinstance(reason, ast.Attribute):
        found.unresolved.append(f"{path}:{call.lineno} {ast.unparse(reason)}")
    for word in words:
        found.words[word] |= {SEVERE[name]} if name in SEVERE else set()


def _maker_of(call: ast.Call, path: str, makers: Mapping[str, _Maker]) -> tuple[str, _Maker | None]:
    if isinstance(call.func, ast.Name):
        maker = makers.get(call.func.id)
        return call.func.id, None if maker is not None and maker.methods_in else maker
    if isinstance(call.func, ast.Attribute):
        maker = makers.get(call.func.attr)
        return call.func.attr, maker if maker is not None and maker.methods_in == Path(path).parts[0] else None
    return "", None


def _reason_in(call: ast.Call, maker: _Maker) -> ast.expr | None:
    named = next((keyword.value for keyword in call.keywords if keyword.arg == "reason"), None)
    if named is None and 0 <= maker.position < len(call.args):
        named = call.args[maker.position]
    return named or maker.default


def _as_maker(function: ast.FunctionDef, parameter: str, path: str) -> _Maker:
    arguments = function.args.args
    names = [one.arg for one in arguments]
    is_method = names[:1] == ["self"]
    position = names.index(parameter) if parameter in names else -1
    defaults = dict(zip(reversed(names), reversed(function.args.defaults), strict=False))
    return _Maker(position - is_method, defaults.get(parameter), Path(path).parts[0] if is_method else "")


def _resolve(
    reason: ast.expr,
    function: ast.FunctionDef | None,
    here: Mapping[str, list[str]],
    everywhere: Mapping[str, Mapping[str, list[str]]],
) -> tuple[list[str], str]:
    """(words, the parameter of the function that it is)."""
    if isinstance(reason, ast.Constant) and isinstance(reason.value, str):
        return [reason.value], ""
    if isinstance(reason, ast.IfExp):
        parts = [_resolve(part, function, here, everywhere)[0] for part in (reason.body, reason.orelse)]
        return ([*parts[0], *parts[1]] if all(parts) else []), ""
    if not isinstance(reason, ast.Name):
        return [], ""
    if function is not None and reason.id in {one.arg for one in (*function.args.args, *function.args.kwonlyargs)}:
        return [], reason.id
    local = [word for word, name in _assigned(function) if name == reason.id] if function is not None else []
    if function is not None and reason.id in _loop_names(function):
        local += here.get(_APPENDED, [])
    constant = here.get(reason.id) or [word for names in everywhere.values() for word in names.get(reason.id, ())]
    return local or constant, ""


def _assigned(function: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    """(text, name) of `name = "text"`, also in a tuple."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield from _pairs(target, node.value)


def _loop_names(function: ast.FunctionDef) -> set[str]:
    """Names that a comprehension takes from the items of a list."""
    targets = [node.target for node in ast.walk(function) if isinstance(node, ast.comprehension)]
    return {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, str]]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, other in zip(target.elts, value.elts, strict=True):
            yield from _pairs(one, other)
    elif isinstance(target, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value, target.id


_APPENDED = "items.append((TEXT, …))"
"""Stands for the first texts of all tuples that a module appends to lists."""


def _constants(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    """(name, its texts) of the constants of a module, and the texts that it appends to lists under `_APPENDED`."""
    yield _APPENDED, [word for _, call in _calls(tree) for word in _appended(call)]
    for node in tree.body:
        if isinstance(node, ast.Assign):
            for text, name in _pairs(node.targets[0], node.value):
                yield name, [text]


def _appended(call: ast.Call) -> Iterator[str]:
    if isinstance(call.func, ast.Attribute) and call.func.attr == "append" and isinstance(call.args[0], ast.Tuple):
        first = call.args[0].elts[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield first.value


def _calls(tree: ast.Module) -> Iterator[tuple[ast.FunctionDef | None, ast.Call]]:
    """Every call with the innermost function around it."""
    pending: list[tuple[ast.AST, ast.FunctionDef | None]] = [(tree, None)]
    while pending:
        node, function = pending.pop()
        if isinstance(node, ast.Call):
            yield function, node
        inner = node if isinstance(node, ast.FunctionDef) else function
        pending.extend((child, inner) for child in ast.iter_child_nodes(node))
