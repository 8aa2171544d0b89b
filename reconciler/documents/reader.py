"""YAML text → plain documents, as kubectl reads them, with the line where each begins.

An invalid document does not affect the others: valid documents are returned together with the errors. The whole text is read as
one stream. If libyaml cannot continue, the text is cut at its `---` lines, which always begin a document, and each piece is
read separately.

`.json` files have their own reader (`json_reader.py`), because the escapes of JSON differ from those of YAML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import yaml
from yaml.events import DocumentStartEvent, StreamEndEvent

from reconciler.documents.dialect import UNPRINTABLE, events_of
from reconciler.documents.document_builder import Construction, SpelledConstruction
from reconciler.documents.errors import FIX_SYNTAX, RENDER, DocumentError, ErrorCollector

__all__ = ["Document", "DocumentError", "read_one", "read_spelled", "read_stream"]


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a text."""

    value: Any
    """JSON: dict, list, str, int, float, bool."""
    line: int
    """1-based line where its content begins."""


def read_stream(data: bytes | str) -> tuple[list[Document], list[DocumentError]]:
    """All valid documents of a file that are not empty, and all its errors, both in the order of the file."""
    text = data if isinstance(data, str) else data.decode("utf-8", "surrogateescape")
    collector = ErrorCollector()
    try:
        return list(_documents(text, collector)), _one_per_template(collector.errors)
    except (*_PARSER_ERRORS, DocumentError):
        collector = ErrorCollector()
    documents: list[Document] = []
    for collector.first_line, piece in pieces(text):
        try:
            documents.extend(_documents(piece, collector))
        except DocumentError as error:
            # The rest of the piece is not read: libyaml takes hours for a million brackets.
            collector.errors.append(error)
        except _PARSER_ERRORS as error:
            collector.errors.append(_syntax_error(error, piece, collector.first_line))
    return documents, _one_per_template(collector.errors)


def _one_per_template(errors: list[DocumentError]) -> list[DocumentError]:
    """A template of another tool is one mistake, however many of its lines have placeholders."""
    first = next((error for error in errors if error.remedy == RENDER), None)
    return [error for error in errors if error is first or error.remedy != RENDER]


def read_one(text: str, *, last_wins: bool = False) -> Any:
    """The first document of a text; None if it is empty.

    last_wins: the last of two equal keys counts, as in Karmada for text inside a field; otherwise they are an error.
    Raises DocumentError, the first if there are several errors.
    """
    return _first(text, Construction, last_wins)


def read_spelled(text: str) -> Any:
    """As `read_one` with `last_wins`, but keys and scalars stay as they are written (see `SpelledConstruction`)."""
    return _first(text, SpelledConstruction, last_wins=True)


def _first(text: str, construction: type[Construction], last_wins: bool) -> Any:
    empty = _EMPTY_AT_THE_TOP.match(text)
    if empty and not UNPRINTABLE.search(text):
        # go-yaml does not read an empty list or mapping in flow style as a key: the document ends after it.
        return [] if empty[1] == "[]" else {}
    collector = ErrorCollector()
    try:
        next_event = events_of(text, collector)
        next_event()  # The stream begins.
        if type(next_event()) is StreamEndEvent:
            return None
        value = construction(next_event, collector, last_wins=last_wins).document(next_event())
        next_event()  # The document ends, or libyaml gives up.
    except _PARSER_ERRORS as error:
        raise _syntax_error(error, text, 1) from None
    if collector.errors:
        raise collector.errors[0]
    return value


def _documents(text: str, collector: ErrorCollector) -> Iterator[Document]:
    next_event = events_of(text, collector)
    construction = Construction(next_event, collector)
    before = len(collector.errors)
    while type(event := next_event()) is not StreamEndEvent:
        if type(event) is DocumentStartEvent:
            root = next_event()
            value = construction.document(root)
            if len(collector.errors) == before and value is not None:
                yield Document(value, root.start_mark.line + collector.first_line)
            before = len(collector.errors)


def pieces(text: str) -> Iterator[tuple[int, str]]:
    """(1-based first line, piece): the text cut before its `---` lines and the directives above them."""
    cuts = [0]
    for match in _MARKER.finditer(text):
        start = match.start()
        while start > cuts[-1] and text[before := text.rfind("\n", 0, start - 1) + 1] == "%":
            start = before
        if start > cuts[-1]:
            cuts.append(start)
    cuts.append(len(text))
    line = 1
    for start, end in pairwise(cuts):
        piece = text[start:end]
        yield line, piece
        line += piece.count("\n")


def _syntax_error(error: Exception, text: str, first_line: int) -> DocumentError:
    """An error of libyaml as a DocumentError that does not quote the text. The cause is not chained, because it may quote it."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        at, message, remedy = _explained(error, error.problem_mark, text.split("\n"))
        if not message:
            message, remedy = f"the text is not YAML: {error.problem}", FIX_SYNTAX
            if error.context and error.context_mark:
                message += f" {error.context} that begins on line {error.context_mark.line + first_line}"
        return DocumentError(message, line=at + first_line, reason="Syntax", remedy=remedy)
    character = UNPRINTABLE.search(text)
    if character is None:
        return DocumentError("the text is not YAML", line=first_line, reason="Syntax", remedy=FIX_SYNTAX)
    line = first_line + text.count("\n", 0, character.start())
    if "\ud800" <= character[0] <= "\udfff":
        return DocumentError("the text is not UTF-8", line=line, reason="NotUtf8", remedy="Save it as UTF-8.")
    message = f"the character U+{ord(character[0]):04X} is not allowed here"
    remedy = f'Remove it, or write it as "\\u{ord(character[0]):04x}" in double quotes.'
    return DocumentError(message, line=line, reason="ControlCharacter", remedy=remedy)


def _explained(error: yaml.MarkedYAMLError, mark: yaml.Mark, lines: list[str]) -> tuple[int, str, str]:
    """(0-based line, message, remedy) of the mistakes that libyaml describes in its own terms only; message and remedy are empty
    for all others."""
    conflict = next((at for at, line in enumerate(lines) if line.startswith("<<<<<<< ")), None)
    if conflict is not None:
        remedy = "Keep one side, and remove the lines that begin with <<<<<<<, ======= and >>>>>>>."
        return conflict, "a merge conflict is not resolved", remedy
    for at in {mark.line: None, (error.context_mark or mark).line: None}:
        if _PLACEHOLDER.search(_line(lines, at)):
            return at, "a line with {{ }} or {% %} is the text of a template, not YAML", RENDER
    line = _line(lines, mark.line)
    if _TAB.match(line) or line[mark.column : mark.column + 1] == "\t":
        return mark.line, "a tab stands where YAML allows only spaces", "Replace the tab with spaces, in all lines of the file."
    if (character := line[mark.column : mark.column + 1]) in {"@", "`", "%"}:
        return mark.line, f"text without quotes cannot begin with {character}", "Quote it."
    return mark.line, "", ""


def _line(lines: list[str], number: int) -> str:
    """The text of a line; empty where there is none, as at the end of a text."""
    return lines[number] if number < len(lines) else ""


_PLACEHOLDER = re.compile(r"\{\{|\{%")
_TAB = re.compile(r" *\t")
_PARSER_ERRORS = (yaml.YAMLError, UnicodeEncodeError)
"""What libyaml raises if it cannot continue."""
_MARKER = re.compile(r"^---(?=\s|\Z)", re.MULTILINE)
# Each line is matched in one way only: with a choice, the time grows exponentially with the number of empty lines.
_EMPTY_AT_THE_TOP = re.compile(r"(?:[^\S\n]*+(?:#[^\n]*+)?+\n)*+(\[\]|\{\})[ \t]*:\s")
