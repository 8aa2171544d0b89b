"""YAML text → plain documents, as kubectl reads them and with the line where each begins.

What a broken document says is not known, what its neighbours say is: the healthy ones are returned beside the
complaints. A stream is read in one go; only when that must be given up is it cut at its `---` lines, which begin a
document wherever they stand, and each piece read by itself.

`.json` files have a reader of their own (`json_reader.py`): YAML's escapes are not JSON's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import yaml
from yaml.events import DocumentStartEvent, StreamEndEvent

from reconciler.documents.complaints import MEND, Complaints, DocumentError
from reconciler.documents.construction import Construction
from reconciler.documents.dialect import UNPRINTABLE, events_of

__all__ = ["Document", "DocumentError", "read_one", "read_stream"]


@dataclass(frozen=True, slots=True)
class Document:
    value: Any
    """JSON: dict, list, str, int, float, bool."""
    line: int
    """1-based line where its content starts."""


def read_stream(data: bytes | str) -> tuple[list[Document], list[DocumentError]]:
    """All documents of a file and all complaints about it, both in the order of the file. Empty documents are left out.

    A document with a complaint is not returned.
    """
    text = data if isinstance(data, str) else data.decode("utf-8", "surrogateescape")
    complaints = Complaints()
    try:
        return list(_documents(text, complaints)), complaints.errors
    except (*_GIVEN_UP, DocumentError):
        complaints = Complaints()
    documents: list[Document] = []
    for complaints.first_line, piece in pieces(text):
        try:
            documents.extend(_documents(piece, complaints))
        except DocumentError as error:
            # What follows it in the piece is not looked at: libyaml takes hours for a million brackets.
            complaints.errors.append(error)
        except _GIVEN_UP as error:
            complaints.errors.append(_syntax_error(error, piece, complaints.first_line))
    return documents, complaints.errors


def read_one(text: str, *, last_wins: bool = False) -> Any:
    """The first document of a text; None if it is empty.

    last_wins: take the last of two equal keys, as Karmada does in text inside a field, rather than refuse them.
    Raises DocumentError, the first if there are several.
    """
    empty = _EMPTY_AT_THE_TOP.match(text)
    if empty and not UNPRINTABLE.search(text):
        # go-yaml does not take an empty list or mapping in flow style for a key: the document ends behind it.
        return [] if empty[1] == "[]" else {}
    complaints = Complaints()
    try:
        next_event = events_of(text, complaints)
        next_event()  # The stream begins.
        if type(next_event()) is StreamEndEvent:
            return None
        value = Construction(next_event, complaints, last_wins=last_wins).document(next_event())
        next_event()  # The document ends, or libyaml gives up.
    except _GIVEN_UP as error:
        raise _syntax_error(error, text, 1) from None
    if complaints.errors:
        raise complaints.errors[0]
    return value


def _documents(text: str, complaints: Complaints) -> Iterator[Document]:
    next_event = events_of(text, complaints)
    construction = Construction(next_event, complaints)
    known = len(complaints.errors)
    while type(event := next_event()) is not StreamEndEvent:
        if type(event) is DocumentStartEvent:
            root = next_event()
            value = construction.document(root)
            if len(complaints.errors) == known and value is not None:
                yield Document(value, root.start_mark.line + complaints.first_line)
            known = len(complaints.errors)


def pieces(text: str) -> Iterator[tuple[int, str]]:
    """The text cut before its `---` lines (and the directives above them), with the number of each piece's first line."""
    cuts = [0, *(match.start() for match in _MARKER.finditer(text) if match.start()), len(text)]
    line = 1
    for start, end in pairwise(cuts):
        piece = text[start:end]
        yield line, piece
        line += piece.count("\n")


def _syntax_error(error: Exception, text: str, first_line: int) -> DocumentError:
    """libyaml's complaint in our words; it never quotes the text. The cause is not chained: it might."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        message = f"not YAML: {error.problem}"
        if error.context and error.context_mark:
            message += f" {error.context} that begins on line {error.context_mark.line + first_line}"
        return DocumentError(message, line=error.problem_mark.line + first_line, reason="Syntax", remedy=MEND)
    odd = UNPRINTABLE.search(text)
    if odd is None:
        return DocumentError("not YAML", line=first_line, reason="Syntax", remedy=MEND)
    line = first_line + text.count("\n", 0, odd.start())
    if "\ud800" <= odd[0] <= "\udfff":
        return DocumentError("the text is not UTF-8", line=line, reason="NotUtf8", remedy="Save it as UTF-8.")
    message = f"the character U+{ord(odd[0]):04X} is not allowed here"
    remedy = f'Remove it, or write it as "\\u{ord(odd[0]):04x}" in double quotes.'
    return DocumentError(message, line=line, reason="ControlCharacter", remedy=remedy)


_GIVEN_UP = (yaml.YAMLError, UnicodeEncodeError)
"""What libyaml raises when it cannot go on."""
_MARKER = re.compile(r"^(?:%[^\n]*\n)*---(?=\s|\Z)", re.MULTILINE)
_EMPTY_AT_THE_TOP = re.compile(r"(?:\s*(?:#[^\n]*)?\n)*(\[\]|\{\})[ \t]*:\s")
