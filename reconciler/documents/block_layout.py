"""The lines of the block mappings and lists of one document: what a formatter may move and indent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from yaml import events

from reconciler.documents.dialect import events_of
from reconciler.documents.errors import ErrorCollector


class NoLayoutError(ValueError):
    """The document is no block mapping or list, or it has an anchor, an alias, a tag or a `?`: its lines have an order."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar, or a collection in brackets."""

    end: int
    """The line after it, from 0."""
    keeps_blank_lines: bool = False
    """The text is written with `|+` or `>+`, so that blank lines below it belong to it."""


@dataclass(frozen=True, slots=True)
class Member:
    """A key with its value, or an item of a list."""

    name: str
    """The key; empty for an item."""
    line: int
    """Of the key or the dash, from 0."""
    value: Block

    @property
    def end(self) -> int:
        """The line after the last text that belongs to it. Comments below may belong to it, too."""
        return max(self.line + 1, end_of(self.value))


@dataclass(frozen=True, slots=True)
class Collection:
    """A block mapping or list, with at least one member."""

    is_list: bool
    column: int
    """Of its keys or dashes."""
    members: tuple[Member, ...]

    @property
    def line(self) -> int:
        return self.members[0].line


Block: TypeAlias = Leaf | Collection

_KEEP = re.compile(r"[|>]\d?\+")
"""The header of a block scalar with the chomping indicator "keep" (YAML 1.2, 8.1.1.2)."""


def end_of(block: Block) -> int:
    return block.end if isinstance(block, Leaf) else block.members[-1].end


def layout(lines: Sequence[str]) -> Collection:
    """The layout of one document. Raises NoLayoutError, and what libyaml raises."""
    following = events_of("\n".join(lines) + "\n", ErrorCollector())
    for expected in (events.StreamStartEvent, events.DocumentStartEvent):
        if type(following()) is not expected:
            raise NoLayoutError
    found = _block(following(), following, lines)
    if isinstance(found, Leaf) or type(following()) is not events.DocumentEndEvent:
        raise NoLayoutError
    return found


def _block(event: Any, following: Callable[[], Any], lines: Sequence[str]) -> Block:
    if type(event) is events.AliasEvent or event.anchor is not None or event.tag is not None:
        raise NoLayoutError
    if type(event) is events.ScalarEvent:
        return Leaf(_after(event.end_mark), event.style in ("|", ">") and _keeps(event.start_mark, lines))
    if event.flow_style:
        return Leaf(_after(_end_of_flow(following)))
    members = _items(event, following, lines) if type(event) is events.SequenceStartEvent else _keys(following, lines)
    return Collection(*_at(event, members, lines))


def _at(event: Any, found: Iterator[tuple[int, Member]], lines: Sequence[str]) -> tuple[bool, int, tuple[Member, ...]]:
    placed = list(found)
    column = placed[0][0]
    for own, member in placed[1:]:
        if own != column or lines[member.line][:column].strip():
            raise NoLayoutError
    return type(event) is events.SequenceStartEvent, column, tuple(member for _, member in placed)


def _keys(following: Callable[[], Any], lines: Sequence[str]) -> Iterator[tuple[int, Member]]:
    while type(key := following()) is not events.MappingEndEvent:
        start = key.start_mark
        simple = type(key) is events.ScalarEvent and key.anchor is None and key.tag is None
        if not simple or lines[start.line][start.column : start.column + 1] == "?":
            raise NoLayoutError
        if key.end_mark.line != start.line or "?" in lines[start.line][: start.column]:
            raise NoLayoutError
        yield start.column, Member(key.value, start.line, _block(following(), following, lines))


def _items(event: Any, following: Callable[[], Any], lines: Sequence[str]) -> Iterator[tuple[int, Member]]:
    column, line = event.start_mark.column, event.start_mark.line
    while type(item := following()) is not events.SequenceEndEvent:
        while not lines[line].startswith("-", column):
            line += 1
            if line > item.start_mark.line:
                raise NoLayoutError
        member = Member("", line, _block(item, following, lines))
        yield column, member
        line = member.end


def _end_of_flow(following: Callable[[], Any]) -> Any:
    depth = 1
    while depth:
        event = following()
        if type(event) is events.AliasEvent or getattr(event, "anchor", None) or getattr(event, "tag", None):
            raise NoLayoutError
        depth += isinstance(event, events.CollectionStartEvent) - isinstance(event, events.CollectionEndEvent)
    return event.end_mark


def _keeps(mark: Any, lines: Sequence[str]) -> bool:
    return _KEEP.match(lines[mark.line], mark.column) is not None


def _after(mark: Any) -> int:
    """The line after a text that ends here; a block scalar ends at the beginning of the next line."""
    return int(mark.line) + (1 if mark.column else 0)
