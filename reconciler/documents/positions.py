"""Where a value stands in its text.

Readers keep no positions (they would take two thirds more memory, and are rarely asked for): when there is a
complaint or an edit, the one document is read again, as far as the value in question.
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

from reconciler.documents.complaints import Complaints
from reconciler.documents.dialect import events_of
from reconciler.documents.reader import pieces
from reconciler.documents.scalars import key_text, resolve
from reconciler.model.manifest import Path


def line_of(data: bytes | str, document_line: int, path: Path) -> int:
    """1-based line of the member's key or the list's item at `path`, else of its nearest ancestor that is written there.

    document_line: `Document.line` of the document, as the reader gave it for the same data; also the answer where nothing
    better is known.
    """
    text = data if isinstance(data, str) else data.decode("utf-8", "surrogateescape")
    first_line, piece = 1, text
    for first_line, piece in pieces(text):
        if first_line + piece.count("\n") >= document_line:
            break
    place = Place(line=document_line - first_line)
    # Broken further down, or JSON that is no YAML: what was found so far is the answer.
    with suppress(yaml.YAMLError, UnicodeEncodeError):
        _Walk(piece, document_line - first_line).follow(path, place)
    return place.line + first_line


def locate(text: str, path: Path) -> Place:
    """Where the value at `path`, or the nearest ancestor that is there, stands in the first document of `text`.

    Raises yaml.YAMLError where the text is broken.
    """
    place = Place()
    _Walk(text, None).follow(path, place)
    return place


@dataclass(slots=True)
class Place:
    found: int = 0
    """How many steps of the path are there."""
    line: int = 0
    """0-based line of the key or item."""
    start: int = 0
    """Where the key or item begins; this and the next two are positions in the text."""
    value: int = 0
    """Where the value begins."""
    end: int = 0
    """Behind the value's last character; comments that follow it are not part of it."""
    column: int = 0
    """Column of the value; of its members, if it is a mapping in block style."""
    form: str = ""
    """`scalar`, `block` or `flow`."""
    style: str = ""
    """A scalar's: empty if plain, else its quote or `|`, `>`."""


class _Walk:
    """libyaml's events with an eye on where content ended last. Marks of block collections would include comments."""

    def __init__(self, text: str, root_line: int | None) -> None:
        """root_line: 0-based line of the document's content; None for the first document, whatever its line."""
        self._next_event = events_of(text, Complaints())
        self._root_line = root_line
        self._offset = text.startswith("\ufeff")
        self._end = 0

    def follow(self, path: Path, place: Place) -> None:
        """Goes down `path` as far as it is there and notes in `place` how far that is."""
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
            place.found += 1
            event = self._next() if isinstance(step, str) else beginning
            self._note(place, beginning, event)
        self._skip(event)
        place.end = self._end

    def _note(self, place: Place, beginning: Any, event: Any) -> None:
        place.line, place.start = beginning.start_mark.line, beginning.start_mark.index + self._offset
        place.value, place.column = event.start_mark.index + self._offset, event.start_mark.column
        flow = getattr(event, "flow_style", None)
        place.form = "scalar" if flow is None else "flow" if flow else "block"
        place.style = getattr(event, "style", None) or ""

    def _member(self, name: str) -> Any:
        """The event of the key `name`; the next one begins its value. None, and the mapping at its end, if there is none."""
        while not isinstance(event := self._next(), CollectionEndEvent):
            if type(event) is ScalarEvent:
                plain = event.implicit[0] and event.tag is None
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
        """Reads to the end of the node that begins with `event`."""
        within = 0
        while True:
            within += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
            if within == 0:
                return
            event = self._next()

    def _next(self) -> Any:
        event: Any = self._next_event()
        begins = isinstance(event, CollectionStartEvent | DocumentStartEvent)
        # A block collection ends without a character of its own, at the beginning of whatever comes next.
        if not begins and event.end_mark.index > event.start_mark.index:
            self._end = event.end_mark.index + self._offset
        return event
