"""The syntax of kubectl's JSONPath templates, `{range .items[*]}{.metadata.name}{"\\n"}{end}` (client-go: `util/jsonpath`).

The dialect is not RFC 9535: it has text around paths, loops, and filters with one comparison, and it is lenient where that is
strict. Text that kubectl accepts has the same meaning here, with its oddities: `[]` is the first item, a `]` in quotes ends an
index.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from reconciler.errors import ReconcilerError


class TemplateError(ReconcilerError):
    """A template has no meaning, or none for this document. The message is a clause."""


@dataclass(frozen=True, slots=True)
class Text:
    """Text as it is: outside of braces, or in quotes."""

    text: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A number or a boolean."""

    value: int | float | bool


@dataclass(frozen=True, slots=True)
class Field:
    """`.name`."""

    name: str


@dataclass(frozen=True, slots=True)
class Every:
    """`.*`: all values of a mapping or list."""


@dataclass(frozen=True, slots=True)
class Descent:
    """`..`: the value and everything below it."""


@dataclass(frozen=True, slots=True)
class Slice:
    """`[start:end:step]`; `[2]` ends at 3."""

    start: int | None
    end: int | None
    step: int | None
    is_index: bool
    """Whether the end was not written, and follows from the start."""


@dataclass(frozen=True, slots=True)
class Union:
    """`[0,2]`, `['a','b']`."""

    parts: tuple[Steps, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """`[?(@.type=="Ready")]`."""

    left: Steps
    operator: str
    """Empty: whether there is a value."""
    right: Steps = ()


@dataclass(frozen=True, slots=True)
class Word:
    """`range` or `end`, or a word that means nothing."""

    name: str


Step: TypeAlias = Text | Literal | Field | Every | Descent | Slice | Union | Filter | Word
Steps: TypeAlias = tuple[Step, ...]
Template: TypeAlias = tuple[Text | Steps, ...]
"""What stands in one pair of braces is one item."""


def parse_template(text: str) -> Template:
    """Raises TemplateError."""
    parts: list[Text | Steps] = []
    place = 0
    while True:
        opened = text.find("{", place)
        if opened < 0:
            return (*parts, Text(text[place:])) if text[place:] else tuple(parts)
        if opened > place:
            parts.append(Text(text[place:opened]))
        reader = _Reader(text, opened + 1)
        parts.append(reader.steps())
        place = reader.place


def _parse_steps(text: str) -> Steps:
    """What stands in braces, without these."""
    return _Reader(f"{text}}}", 0).steps()


_ENDS_A_WORD = frozenset(" \t\r\n.,[]$@{}")
_KEY = re.compile(r"'([^']*)'")
_INDEX = re.compile(r"(-?[0-9]*)(:-?[0-9]*)?(:-?[0-9]*)?", re.ASCII)
_COMPARISON = re.compile(r"([^!<>=]+)([!<>=]+)(.+)")
_NUMBER = re.compile(r"[+-]?[0-9.]*")
_BOOLEANS = {"true": True, "false": False}


class _Reader:
    """Reads the steps of one pair of braces; `place` is behind the closing one then."""

    def __init__(self, text: str, place: int) -> None:
        self._text = text
        self.place = place

    def steps(self) -> Steps:
        found: list[Step] = []
        while True:
            rest = self._text[self.place : self.place + 3]
            if rest[:1] == "}":
                self.place += 1
                return tuple(found)
            if rest == "[?(":
                found.append(self._filter())
            elif rest[:2] == "..":
                found += self._descent(found)
            else:
                found += self._step(rest[:1])

    def _step(self, first: str) -> list[Step]:
        if first in ("", "\r", "\n"):
            raise TemplateError("an action is not closed: `}` is missing")
        if first in " @$":  # The document itself.
            self.place += 1
            return []
        if first == "[":
            return self._array()
        if first in "\"'":
            return [Text(self._quoted(first))]
        if first == ".":
            self.place += 1
            return [self._field()]
        if first in "+-" or first.isdecimal():
            return [self._number()]
        if first == "_" or first.isalpha():
            word = self._until_end_of_word()
            return [Literal(_BOOLEANS[word]) if word in _BOOLEANS else Word(word)]
        raise TemplateError(f"{first!r} has no meaning in an action")

    def _until_end_of_word(self) -> str:
        start = self.place
        while self.place < len(self._text) and self._text[self.place] not in _ENDS_A_WORD:
            self.place += 1
        return self._text[start : self.place]

    def _field(self) -> Step:
        start = self.place
        while self.place < len(self._text) and self._text[self.place] not in _ENDS_A_WORD:
            self.place += 2 if self._text[self.place] == "\\" else 1
        name = self._text[start : self.place]
        return Every() if name == "*" else Field(name.replace("\\", ""))

    def _descent(self, found: list[Step]) -> list[Step]:
        if found and isinstance(found[-1], Descent):
            raise TemplateError("`..` stands twice in a row")
        self.place += 2
        first = self._text[self.place : self.place + 1]
        return [Descent(), self._field()] if first == "_" or first.isalnum() else [Descent()]

    def _number(self) -> Step:
        match = _NUMBER.match(self._text, self.place)
        word = match[0] if match else ""
        self.place += len(word)
        try:
            return Literal(int(word) if "." not in word else float(word))
        except ValueError:
            raise TemplateError(f"{word} is not a number") from None

    def _quoted(self, quote: str) -> str:
        start = self.place + 1
        end = start
        while True:
            end = self._text.find(quote, end)
            if end < 0 or "\n" in self._text[start:end]:
                raise TemplateError("a text in quotes is not closed")
            if self._text[end - 1] != "\\":
                break
            end += 1
        self.place = end + 1
        return unquoted(self._text[start:end], quote)

    def _array(self) -> list[Step]:
        end = self._text.find("]", self.place)
        inner = self._text[self.place + 1 : end]
        if end < 0 or "\n" in inner:
            raise TemplateError("an index is not closed: `]` is missing")
        self.place = end + 1
        if "," in inner:
            return [Union(tuple(_parse_steps(f"[{one.strip(' ')}]") for one in inner.split(",")))]
        if key := _KEY.fullmatch(inner):
            return list(_parse_steps(f".{key[1]}"))
        return [_slice(":" if inner == "*" else inner)]

    def _filter(self) -> Step:
        """A parenthesis ends it that is not in quotes; quotes are on one side of the comparison only."""
        start = place = self.place + 3
        quote, closed = "", False
        while not ((character := self._text[place : place + 1]) == ")" and bool(quote) == closed):
            if character in ("", "\n"):
                raise TemplateError("a filter is not closed: `)` is missing")
            if character in "\"'":
                if not quote:
                    quote = character
                elif character == quote and self._text[place - 1] != "\\":
                    closed = True
            place += 1
        if self._text[place + 1 : place + 2] != "]":
            raise TemplateError("a filter is not closed: `]` is missing")
        self.place = place + 2
        text = self._text[start:place]
        if comparison := _COMPARISON.fullmatch(text):
            left, operator, right = comparison.groups()
            return Filter(_parse_steps(left), operator, _parse_steps(right))
        return Filter(_parse_steps(text), "")


def _slice(text: str) -> Slice:
    match = _INDEX.fullmatch(text)
    if match is None:
        raise TemplateError(f"[{text}] is neither an index nor a name in single quotes")
    start = _position(match[1])
    if match[2] is None:
        return Slice(start, (start or 0) + 1, None, True)
    return Slice(start, _position(match[2][1:]), _position((match[3] or ":")[1:]), False)


def _position(text: str) -> int | None:
    try:
        return int(text) if text else None
    except ValueError:
        raise TemplateError(f"{text} is not a number") from None


_ESCAPES = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92}
_CODES = re.compile(r"x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})", re.ASCII)


def unquoted(text: str, quote: str) -> str:
    """The text that stands in quotes, with Go's escapes. Raises TemplateError."""
    parts = bytearray()
    place = 0
    while place < len(text):
        character = text[place]
        if character == quote:
            raise TemplateError(f"the text {text} has a quote inside")
        if character != "\\":
            parts += character.encode("utf-8", "surrogatepass")
            place += 1
            continue
        after = text[place + 1 : place + 2]
        code = _CODES.match(text, place + 1)
        if after in _ESCAPES or after == quote:
            parts.append(_ESCAPES.get(after) or ord(after))
            place += 2
        elif code is not None and (point := _point(code)) is not None:
            parts += point
            place = code.end()
        else:
            raise TemplateError(f"the text {text} has an escape that does not exist: \\{after}")
    return parts.decode("utf-8", "replace")


def _point(code: re.Match[str]) -> bytes | None:
    """Two hexadecimal digits and three octal ones are one byte; others are a character."""
    byte, octal = code[1], code[4]
    value = int(octal, 8) if octal else int(byte or code[2] or code[3], 16)
    if byte or octal:
        return bytes([value]) if value < 256 else None
    return chr(value).encode() if value <= 0x10FFFF and not 0xD800 <= value < 0xE000 else None
