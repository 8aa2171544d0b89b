"""The lines of all values of one document, found in one walk. `positions.py` finds the place of a single value."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml
from yaml.events import (
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from reconciler.documents.dialect import events_of
from reconciler.documents.errors import ErrorCollector
from reconciler.documents.reader import pieces
from reconciler.documents.scalars import key_text, resolve

Steps: TypeAlias = tuple[str | int, ...]
"""A path that can be a key of a mapping."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value is in its text."""

    line: int
    """1-based line of its key, or of the list item."""
    literal: bool = False
    """Whether it is a literal block whose lines follow its key, one for one."""


def index_lines(data: bytes | str, document_line: int) -> dict[Steps, Place]:
    """The place of every value of the document whose content begins on a line, by path; the document itself has the empty path.

    Where the text is not valid YAML further down, or JSON that is not YAML, the values up to there. Aliases are not followed.
    """
    text = data if isinstance(data, str) else data.decode("utf-8", "surrogateescape")
    first_line, piece = 1, text
    for first_line, piece in pieces(text):
        if first_line + piece.count("\n") >= document_line:
            break
    places: dict[Steps, Place] = {}
    with suppress(yaml.YAMLError, UnicodeEncodeError):
        next_event: Callable[[], Any] = events_of(piece, ErrorCollector())
        while not isinstance(event := next_event(), StreamEndEvent):
            if isinstance(event, DocumentStartEvent):
                root: Any = next_event()
                if root.start_mark.line + first_line == document_line:
                    _walk(root, (), root.start_mark.line + first_line, first_line, next_event, places)
                    break
    return places


def _walk(
    event: Any, path: Steps, line: int, first_line: int, next_event: Callable[[], Any], places: dict[Steps, Place] | None
) -> None:
    """Reads up to the end of the node that begins with `event`. line: of its key. places: None where nothing is noted."""
    if places is not None:
        begins: int = event.start_mark.line + first_line
        literal = isinstance(event, ScalarEvent) and event.style == "|" and begins == line
        places[path] = Place(line, literal)
    if type(event) is MappingStartEvent:
        while not isinstance(key := next_event(), CollectionEndEvent):
            below = None if places is None or type(key) is not ScalarEvent else places
            if isinstance(key, CollectionStartEvent):
                _walk(key, path, line, first_line, next_event, None)
            name = _name(key) if type(key) is ScalarEvent else ""
            _walk(next_event(), (*path, name), key.start_mark.line + first_line, first_line, next_event, below)
    elif type(event) is SequenceStartEvent:
        place = 0
        while not isinstance(item := next_event(), CollectionEndEvent):
            _walk(item, (*path, place), item.start_mark.line + first_line, first_line, next_event, places)
            place += 1


def _name(key: Any) -> str:
    return str(key_text(resolve(key.value)) if key.implicit[0] and key.tag is None else key.value)
