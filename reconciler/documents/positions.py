"""The position of a value in its text.

Readers do not store positions, because these would take two thirds more memory and are rarely needed. For an error or an edit,
the document is read again up to the value.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

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
from reconciler.model.manifest import Path


def line_of(data: bytes | str, document_line: int, path: Path) -> int:
    """1-based line of the key or list item at `path`, else of its nearest ancestor in the text.

    document_line: `Document.line` from the reader for the same data. It is also the result if there is no better one.
    """
    text = data if isinstance(data, str) else data.decode("utf-8", "surrogateescape")
    first_line, piece = 1, text
    for first_line, piece in pieces(text):
        if first_line + piece.count("\n") >= document_line:
            break
    place = Place(line=document_line - first_line)
    # If the text is invalid further down, or JSON that is not YAML, the position so far is the result.
    with suppress(yaml.YAMLError, UnicodeEncodeError):
        _Walk(piece, document_line - first_line).follow(path, place)
    return place.line + first_line


def locate(text: str, path: Path, *, spelled: bool = False) -> Place:
    """The position of the value at `path`, or of its nearest ancestor, in the first document of `text`.

    spelled: the keys in `path` are as they are written: `on`, not `true`. Raises yaml.YAMLError if the text is invalid.
    """
    place = Place()
    _Walk(text, None, spelled=spelled).follow(path, place)
    return place


@dataclass(slots=True)
class Place:
    """Where a value is in its text."""

    depth: int = 0
    """How many steps of the path exist."""
    line: int = 0
    """0-based line of the key or item."""
    start: int = 0
    """Where the key or item begins. This and the next three fields are positions in the text."""
    key_end: int = 0
    """After the key; where the item begins, for items."""
    value: int = 0
    """Where the value begins."""
    end: int = 0
    """After the last character of the value, without comments that follow it."""
    column: int = 0
    """Column of the value; for a block mapping, of its members."""
    form: str = ""
    """`scalar`, `block` or `flow`."""
    style: str = ""
    """Of a scalar: empty if it is plain, else its quote, `|` or `>`."""


class _Walk:
    """Reads events of libyaml, and records where content ended last. (The end marks of block collections include comments.)"""

    def __init__(self, text: str, root_line: int | None, *, spelled: bool = False) -> None:
        """root_line: 0-based line of the content of the document; None for the first document. spelled: as in `locate`."""
        self._next_event = events_of(text, ErrorCollector())
        self._root_line = root_line
        self._spelled = spelled
        self._offset = text.startswith("\ufeff")
        self._end = 0

    def follow(self, path: Path, place: Place) -> None:
        """Follows `path` as far as it exists, and writes the position to `place`."""
        while type(event := self._next()) is not StreamEndEvent:
            if type(event) is DocumentStartEvent:
                root = self._next()
                if self._root_line in (None, root.start_mark.line):
                    self._descend(root, path, place)
                    return

    def _descend(self, event: Any, path: Path, place: Place) -> None:
        self._note(place, event, event)
        for step in path:
            if type(event) is MappingStartEvent and isinstance(step, str):
                beginning = self._member(step)
            elif type(event) is SequenceStartEvent and isinstance(step, int):
                beginning = self._item(step)
            else:
                break
            if beginning is None:
                place.end = self._end
                return
            place.depth += 1
            event = self._next() if isinstance(step, str) else beginning
            self._note(place, beginning, event)
        self._skip(event)
        place.end = self._end

    def _note(self, place: Place, beginning: Any, event: Any) -> None:
        place.line, place.start = beginning.start_mark.line, beginning.start_mark.index + self._offset
        place.key_end = place.start if beginning is event else beginning.end_mark.index + self._offset
        place.value, place.column = event.start_mark.index + self._offset, event.start_mark.column
        flow = getattr(event, "flow_style", None)
        place.form = "scalar" if flow is None else "flow" if flow else "block"
        place.style = getattr(event, "style", None) or ""

    def _member(self, name: str) -> Any:
        """The event of the key `name`; the next event begins its value. None if there is none; then the mapping is at its end."""
        while not isinstance(event := self._next(), CollectionEndEvent):
            if type(event) is ScalarEvent:
                plain = event.implicit[0] and event.tag is None and not self._spelled
                if (key_text(resolve(event.value)) if plain else event.value) == name:
                    return event
            else:
                self._skip(event)
            self._skip(self._next())
        return None

    def _item(self, position: int) -> Any:
        while not isinstance(event := self._next(), CollectionEndEvent):
            if position == 0:
                return event
            position -= 1
            self._skip(event)
        return None

    def _skip(self, event: Any) -> None:
        """Reads up to the end of the node that begins with `event`."""
        within = 0
        while True:
            within += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
            if within == 0:
                return
            event = self._next()

    def _next(self) -> Any:
        event: Any = self._next_event()
        begins = isinstance(event, CollectionStartEvent | DocumentStartEvent)
        # The end of a block collection has no character of its own: it is at the beginning of the next content.
        if not begins and event.end_mark.index > event.start_mark.index:
            self._end = event.end_mark.index + self._offset
        return event
