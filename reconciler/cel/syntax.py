"""The syntax tree of a CEL expression, read from and written to the wire format of `cel.expr.ParsedExpr`.

The library parses and evaluates, and exchanges trees in this format only. Between the two, `macros.py` looks at the tree and
rewrites what Kubernetes has and the library lacks.

The format is that of cel-spec (proto/cel/expr/syntax.proto), in the encoding of protocol buffers. Only what a parser makes is
read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import TypeAlias

Fields: TypeAlias = list[tuple[int, int, int | bytes]]
"""(number, wire type, value) of each field of a message."""

_VARINT, _FIXED64, _BYTES = 0, 1, 2
_TYPE_URL = b"type.googleapis.com/cel.expr.ParsedExpr"


@dataclass(frozen=True, slots=True)
class Constant:
    content: bytes
    """The encoded `Constant`."""

    @property
    def text(self) -> str | None:
        """The value of a string; None for constants of other types."""
        (number, _, value) = _fields(self.content)[0]
        return value.decode() if number == 6 and isinstance(value, bytes) else None

    @property
    def is_unsigned(self) -> bool:
        return _fields(self.content)[0][0] == 4


@dataclass(frozen=True, slots=True)
class Name:
    name: str


@dataclass(frozen=True, slots=True)
class Select:
    """`operand.field`, or `has(operand.field)`."""

    operand: Node
    field: str
    is_test: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A function or operator, such as `_+_`; with a target where it is called as a method."""

    function: str
    arguments: tuple[Node, ...] = ()
    target: Node | None = None


@dataclass(frozen=True, slots=True)
class ListOf:
    elements: tuple[Node, ...] = ()
    optional: tuple[int, ...] = ()
    """Positions of the elements that are written with a question mark."""


@dataclass(frozen=True, slots=True)
class Entry:
    value: Node
    field: str = ""
    key: Node | None = None
    """None for a message, whose entries have a field."""
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Struct:
    """A mapping, or a message of this name."""

    entries: tuple[Entry, ...] = ()
    message: str = ""


@dataclass(frozen=True, slots=True)
class Comprehension:
    """A loop: `step` makes the next value of `accumulator` for each item of `range`."""

    variable: str
    range: Node
    accumulator: str
    initial: Node
    condition: Node
    step: Node
    result: Node
    second_variable: str = ""


Node: TypeAlias = Constant | Name | Select | Call | ListOf | Struct | Comprehension


def decode(serialized: bytes) -> Node:
    """The tree in what the library serializes for an expression that was not checked."""
    parsed = _bytes_of(_fields(serialized), 2)
    return _node(_bytes_of(_fields(parsed), 2))


def encode(node: Node) -> bytes:
    """The form that the library deserializes."""
    expression = _encoded(node, count(1))
    return _message([(1, _BYTES, _TYPE_URL), (2, _BYTES, _message([(2, _BYTES, expression)]))])


def children(node: Node) -> Iterator[Node]:
    match node:
        case Select():
            yield node.operand
        case Call():
            if node.target is not None:
                yield node.target
            yield from node.arguments
        case ListOf():
            yield from node.elements
        case Struct():
            for entry in node.entries:
                if entry.key is not None:
                    yield entry.key
                yield entry.value
        case Comprehension():
            yield from (node.range, node.initial, node.condition, node.step, node.result)


def descendants(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(children(one))


def rewritten(node: Node, rewrite: Callable[[Node], Node]) -> Node:
    """A tree in which each node was replaced, the lowest first."""

    def below(one: Node) -> Node:
        return rewritten(one, rewrite)

    match node:
        case Select():
            node = replace(node, operand=below(node.operand))
        case Call():
            target = None if node.target is None else below(node.target)
            node = Call(node.function, tuple(map(below, node.arguments)), target)
        case ListOf():
            node = replace(node, elements=tuple(map(below, node.elements)))
        case Struct():
            entries = (
                replace(one, key=None if one.key is None else below(one.key), value=below(one.value)) for one in node.entries
            )
            node = replace(node, entries=tuple(entries))
        case Comprehension():
            node = replace(
                node,
                range=below(node.range),
                initial=below(node.initial),
                condition=below(node.condition),
                step=below(node.step),
                result=below(node.result),
            )
    return rewrite(node)


def _node(message: bytes) -> Node:
    (number, content) = next((number, value) for number, _, value in _fields(message) if number != 2 and isinstance(value, bytes))
    fields = _fields(content)
    match number:
        case 3:
            return Constant(content)
        case 4:
            return Name(_text_of(fields, 1))
        case 5:
            return Select(_node(_bytes_of(fields, 1)), _text_of(fields, 2), bool(_number_of(fields, 3)))
        case 6:
            target = _bytes_of(fields, 1)
            return Call(_text_of(fields, 2), tuple(map(_node, _all(fields, 3))), _node(target) if target else None)
        case 7:
            return ListOf(tuple(map(_node, _all(fields, 1))), tuple(_packed(fields, 2)))
        case 8:
            return Struct(tuple(map(_entry, _all(fields, 2))), _text_of(fields, 1))
        case 9:
            initial, condition, step, result = (_node(_bytes_of(fields, each)) for each in (4, 5, 6, 7))
            variable, accumulator, second = (_text_of(fields, each) for each in (1, 3, 8))
            return Comprehension(variable, _node(_bytes_of(fields, 2)), accumulator, initial, condition, step, result, second)
    raise ValueError(f"a syntax tree has an unknown node {number}")


def _entry(message: bytes) -> Entry:
    fields = _fields(message)
    key = _bytes_of(fields, 3)
    return Entry(_node(_bytes_of(fields, 4)), _text_of(fields, 2), _node(key) if key else None, bool(_number_of(fields, 5)))


def _encoded(node: Node, ids: Iterator[int]) -> bytes:
    own = next(ids)

    def below(one: Node) -> bytes:
        return _encoded(one, ids)

    match node:
        case Constant():
            number, content = 3, node.content
        case Name():
            number, content = 4, _message([(1, _BYTES, node.name.encode())])
        case Select():
            number = 5
            content = _message(
                [(1, _BYTES, below(node.operand)), (2, _BYTES, node.field.encode()), (3, _VARINT, int(node.is_test))]
            )
        case Call():
            number = 6
            target: Fields = [] if node.target is None else [(1, _BYTES, below(node.target))]
            content = _message(
                [*target, (2, _BYTES, node.function.encode()), *((3, _BYTES, below(one)) for one in node.arguments)]
            )
        case ListOf():
            number = 7
            content = _message(
                [*((1, _BYTES, below(one)) for one in node.elements), *((2, _VARINT, one) for one in node.optional)]
            )
        case Struct():
            number = 8
            content = _message(
                [(1, _BYTES, node.message.encode()), *((2, _BYTES, _encoded_entry(one, ids)) for one in node.entries)]
            )
        case Comprehension():
            number = 9
            parts = (node.initial, node.condition, node.step, node.result)
            content = _message(
                [
                    (1, _BYTES, node.variable.encode()),
                    (2, _BYTES, below(node.range)),
                    (3, _BYTES, node.accumulator.encode()),
                    *((4 + position, _BYTES, below(part)) for position, part in enumerate(parts)),
                    (8, _BYTES, node.second_variable.encode()),
                ]
            )
    return _message([(2, _VARINT, own), (number, _BYTES, content)])


def _encoded_entry(entry: Entry, ids: Iterator[int]) -> bytes:
    own: Fields = [(1, _VARINT, next(ids))]
    name: Fields = [(2, _BYTES, entry.field.encode())] if entry.key is None else [(3, _BYTES, _encoded(entry.key, ids))]
    return _message([*own, *name, (4, _BYTES, _encoded(entry.value, ids)), (5, _VARINT, int(entry.is_optional))])


def _fields(message: bytes) -> Fields:
    fields: Fields = []
    position = 0
    while position < len(message):
        key, position = _varint(message, position)
        wire = key & 7
        value: int | bytes
        if wire == _VARINT:
            value, position = _varint(message, position)
        else:
            size = 8
            if wire == _BYTES:
                size, position = _varint(message, position)
            elif wire != _FIXED64:
                raise ValueError(f"a syntax tree has a field of the unknown type {wire}")
            value, position = message[position : position + size], position + size
        fields.append((key >> 3, wire, value))
    return fields


def _varint(message: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[position]
        position += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, position


def _message(fields: Fields) -> bytes:
    content = bytearray()
    for number, wire, value in fields:
        content += _as_varint(number << 3 | wire)
        if isinstance(value, int):
            content += _as_varint(value)
        else:
            content += (_as_varint(len(value)) if wire == _BYTES else b"") + value
    return bytes(content)


def _as_varint(value: int) -> bytes:
    content = bytearray()
    while value > 127:
        content.append(value & 127 | 128)
        value >>= 7
    content.append(value)
    return bytes(content)


def _all(fields: Fields, number: int) -> Iterator[bytes]:
    return (value for one, _, value in fields if one == number and isinstance(value, bytes))


def _bytes_of(fields: Fields, number: int) -> bytes:
    return next(_all(fields, number), b"")


def _text_of(fields: Fields, number: int) -> str:
    return _bytes_of(fields, number).decode()


def _number_of(fields: Fields, number: int) -> int:
    return next((value for one, _, value in fields if one == number and isinstance(value, int)), 0)


def _packed(fields: Fields, number: int) -> Iterator[int]:
    """A repeated number, whether it is packed or not."""
    for one, _, value in fields:
        if one == number and isinstance(value, int):
            yield value
        elif one == number and isinstance(value, bytes):
            position = 0
            while position < len(value):
                item, position = _varint(value, position)
                yield item
