"""Rewrites what Kubernetes' CEL has and the library lacks: macros with two variables, and functions that give an optional.

cel-go expands these macros while it parses (ext/comprehensions.go, ext/lists.go). The library expands those with one variable
itself; calls of the others stay in its tree, and are expanded here. A function of ours cannot return an optional to the library:
it returns a list or text that is empty where there is none, and the tree makes the optional from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reconciler.cel.syntax import Call, Comprehension, Constant, ListOf, Name, Node, Select, rewritten

_RESULT = "@result"
_TRUE, _FALSE = Constant(b"\x10\x01"), Constant(b"\x10\x00")
NULL = Constant(b"\x08\x00")
_ZERO, _ONE = Constant(b"\x18\x00"), Constant(b"\x18\x01")

TEXT_OF = "@text_of"
FORMAT = "@format"
PAIRS_TO_MAP = "@pairs_to_map"
ENTRIES_TO_MAP = "@entries_to_map"
SORT_BY = "@sort_by"
FIRST, LAST = "@first", "@last"
VALIDATE, FORMAT_NAMED = "@validate", "@format_named"
LIST_INDEX = {"indexOf": "@index_of", "lastIndexOf": "@last_index_of"}
"""The library has these for text only, and a function cannot be declared twice."""

OWN_FUNCTIONS = frozenset(
    {TEXT_OF, FORMAT, PAIRS_TO_MAP, ENTRIES_TO_MAP, SORT_BY, FIRST, LAST, VALIDATE, FORMAT_NAMED, *LIST_INDEX.values()}
)


def expand(node: Node) -> Node:
    """The same expression in terms of the library and of `functions/`."""
    return rewritten(node, _expand)


def _expand(node: Node) -> Node:
    if isinstance(node, Select) and node.is_test:
        # cel-go finds no field in null; the library gives an error.
        return Call("_?_:_", (Call("_==_", (node.operand, NULL)), _FALSE, node))
    if not isinstance(node, Call):
        return node
    name, target, arguments = node.function, node.target, node.arguments
    if target is None:
        if name == "string" and len(arguments) == 1 and _may_be_opaque(arguments[0]):
            return Call(TEXT_OF, arguments)
        if name == "_?._":
            # Nor an optional one.
            nothing = Call("none", (), Name("optional"))
            return Call("_?_:_", (Call("_==_", (arguments[0], NULL)), nothing, node))
        if name == "format.named" and len(arguments) == 1:
            return _some(Call(FORMAT_NAMED, arguments))
        return node
    if isinstance(target, Name) and target.name == "format" and name == "named":
        return _some(Call(FORMAT_NAMED, arguments))
    if name in LIST_INDEX and 1 <= len(arguments) <= 2:
        return Call(LIST_INDEX[name], arguments, target)
    match name, len(arguments):
        case "format", 1:
            return Call(FORMAT, arguments, target)
        case "validate", 1:
            return _some(Call(VALIDATE, (target, *arguments)))
        case (("first" | "last"), 0):
            item = Call(FIRST if name == "first" else LAST, (target,))
            return Call("_[?_]", (item, _ZERO))
        case "sortBy", 2 if isinstance(arguments[0], Name):
            keys = _loop(target, arguments[0].name, "", ListOf(), Call("_+_", (Name(_RESULT), ListOf((arguments[1],)))))
            return Call(SORT_BY, (target, keys))
    macro = _MACROS.get((name, len(arguments)))
    names = [one.name for one in arguments[:2] if isinstance(one, Name)]
    return node if macro is None or len(names) < 2 else macro(target, names[0], names[1], arguments[2:])


def read_times(node: Node, times: Mapping[str, str]) -> Node:
    """The same expression where values of these fields, or of `self`, are texts that a function must read.

    times: field → `timestamp` or `duration`. The library accepts no times within other values.
    """

    def read(one: Node) -> Node:
        name = one.field if isinstance(one, Select) and not one.is_test else one.name if isinstance(one, Name) else ""
        return Call(times[name], (one,)) if name in times else one

    return rewritten(node, read)


def _some(value: Node) -> Node:
    return Call("ofNonZeroValue", (value,), Name("optional"))


def _may_be_opaque(node: Node) -> bool:
    """Whether a value may be an address or a range, which only functions make. That of a variable is not known."""
    return isinstance(node, Call) and (
        node.function in _MAKE_OPAQUE or (node.target is not None and node.function in ("masked", "ip"))
    )


_MAKE_OPAQUE = frozenset({"ip", "cidr", "masked"})


def _loop(
    over: Node, first: str, second: str, initial: Node, step: Node, condition: Node = _TRUE, result: Node | None = None
) -> Node:
    return Comprehension(first, over, _RESULT, initial, condition, step, result or Name(_RESULT), second)


def _all(over: Node, first: str, second: str, rest: tuple[Node, ...]) -> Node:
    condition = Call("@not_strictly_false", (Name(_RESULT),))
    return _loop(over, first, second, _TRUE, Call("_&&_", (Name(_RESULT), rest[0])), condition)


def _exists(over: Node, first: str, second: str, rest: tuple[Node, ...]) -> Node:
    condition = Call("@not_strictly_false", (Call("!_", (Name(_RESULT),)),))
    return _loop(over, first, second, _FALSE, Call("_||_", (Name(_RESULT), rest[0])), condition)


def _exists_one(over: Node, first: str, second: str, rest: tuple[Node, ...]) -> Node:
    step = Call("_?_:_", (rest[0], Call("_+_", (Name(_RESULT), _ONE)), Name(_RESULT)))
    return _loop(over, first, second, _ZERO, step, result=Call("_==_", (Name(_RESULT), _ONE)))


def _collect(item: Callable[[str, str, Node], Node], finish: str) -> Callable[[Node, str, str, tuple[Node, ...]], Node]:
    """A macro that makes a list of items, of those that fulfil a condition where there is one, and something from the list."""

    def macro(over: Node, first: str, second: str, rest: tuple[Node, ...]) -> Node:
        step: Node = Call("_+_", (Name(_RESULT), ListOf((item(first, second, rest[-1]),))))
        if len(rest) > 1:
            step = Call("_?_:_", (rest[0], step, Name(_RESULT)))
        result = Call(finish, (Name(_RESULT),)) if finish else None
        return _loop(over, first, second, ListOf(), step, result=result)

    return macro


_TRANSFORM_LIST = _collect(lambda first, second, value: value, "")
_TRANSFORM_MAP = _collect(lambda first, second, value: ListOf((Name(first), value)), PAIRS_TO_MAP)
_TRANSFORM_ENTRIES = _collect(lambda first, second, value: value, ENTRIES_TO_MAP)

_MACROS: dict[tuple[str, int], Callable[[Node, str, str, tuple[Node, ...]], Node]] = {
    ("all", 3): _all,
    ("exists", 3): _exists,
    ("existsOne", 3): _exists_one,
    ("exists_one", 3): _exists_one,
    ("transformList", 3): _TRANSFORM_LIST,
    ("transformList", 4): _TRANSFORM_LIST,
    ("transformMap", 3): _TRANSFORM_MAP,
    ("transformMap", 4): _TRANSFORM_MAP,
    ("transformMapEntry", 3): _TRANSFORM_ENTRIES,
    ("transformMapEntry", 4): _TRANSFORM_ENTRIES,
}
