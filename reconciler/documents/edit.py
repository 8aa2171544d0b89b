"""Changes values in a YAML file. Comments, order, quotes and indentation stay unchanged.

Most edits replace, add or remove a scalar, or a member with its own lines. They change only these characters of the text. Other
edits rewrite one document of the file (`round_trip.py`).

After each edit the result is read again and compared: the file has exactly the requested change, or the edit is refused. A file
of ours is compared as Kubernetes reads it (`AS_READ`), a user's text inside a field as it is written (`AS_SPELLED`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from textwrap import indent
from typing import Any, TypeAlias

from reconciler.documents.errors import DocumentError
from reconciler.documents.positions import Place, locate
from reconciler.documents.reader import pieces, read_one, read_spelled
from reconciler.documents.scalars import SpelledKey
from reconciler.documents.writer import dump
from reconciler.model import manifest
from reconciler.model.manifest import Path


@dataclass(frozen=True, slots=True)
class Reading:
    """How a text is read and compared before and after an edit."""

    read: Callable[[str], Any]
    """The first document of a text; None if it is empty."""
    mark: Callable[[Any], Any]
    """What is equal for equal documents."""
    spelled: bool = False
    """Whether keys are compared as they are written."""


def _marked(value: Any) -> Any:
    """The document with keys that are not text told apart from text of the same spelling."""
    if isinstance(value, dict):
        return {(isinstance(name, SpelledKey), str(name)): _marked(item) for name, item in value.items()}
    return [_marked(item) for item in value] if isinstance(value, list) else value


AS_READ = Reading(read_one, dump)
AS_SPELLED = Reading(read_spelled, _marked, spelled=True)


def set_value(text: str, path: Path, value: Any, document: int = 0) -> str:
    """The text with `value` at `path`. Creates missing mappings on the way; a position in a list must exist.

    path: at least one step. document: its number in the file, from 0, without empty documents.
    Raises DocumentError if the document cannot be read, or the edit would change something else too.
    """

    return edited(text, document, lambda before: manifest.with_value(before, path, value), setting(path, value))


def remove(text: str, path: Path, document: int = 0) -> str:
    """The text without the member or item at `path`; the same text if there is none. Arguments and errors as in `set_value`."""

    return edited(text, document, lambda before: manifest.without(before, path), removing(path))


def insert(text: str, path: Path, value: Any, document: int = 0) -> str:
    """The text with `value` as a new item of a list; `path` ends with its position. Arguments and errors as in `set_value`."""
    *parent, position = path

    return edited(
        text, document, lambda before: manifest.with_item(before, path, value), inserting(tuple(parent), int(position), value)
    )


def remove_document(text: str, document: int) -> str:
    """The text without one of its documents, its comments and its `---`; empty if it was the only document.

    Raises DocumentError if there is no such document.
    """
    cut = list(pieces(text))
    filled = [position for position, (line, piece) in enumerate(cut) if _read(piece, line) is not None]
    if not 0 <= document < len(filled):
        raise _refused("there is no such document in the file", 1)
    if len(filled) == 1:
        return ""
    del cut[filled[document]]
    return "".join(piece for _, piece in cut)


Attempts: TypeAlias = Callable[[str, Reading], Iterator[str]]
"""The possible results of an edit of a text with one document, the best one first."""


def setting(path: Path, value: Any) -> Attempts:
    """Attempts to put `value` at `path`."""

    def attempts(piece: str, reading: Reading) -> Iterator[str]:
        place = locate(piece, path, spelled=reading.spelled)
        if place.depth == len(path) and place.form == "scalar" and not isinstance(value, dict | list):
            yield from _respelled(piece, place, value)
        elif place.depth < len(path) and place.form == "block" and isinstance(path[place.depth], str):
            yield _with_lines(piece, place, path[place.depth :], value)
        # Tried before the round trip, because ruamel.yaml treats the comment above the next member as part of this one.
        yield from _in_lines(piece, place, path, lambda lead: _lines_of(piece, place, lead, value))
        if place.depth == len(path):
            yield from (piece[: place.value] + text + piece[place.end :] for text in _in_flow(piece, value))
        elif place.depth == len(path) - 1 and place.form == "flow":
            yield from _in_brackets(piece, place, value, key=path[-1])
        from reconciler.documents import round_trip  # late, because ruamel.yaml is large and rarely needed

        for shared in (True, False):
            yield from round_trip.put(piece, path, value, shared=shared)

    return attempts


def removing(path: Path) -> Attempts:
    """Attempts to remove what is at `path`."""

    def attempts(piece: str, reading: Reading) -> Iterator[str]:
        place = locate(piece, path, spelled=reading.spelled)
        yield from _in_lines(piece, place, path, lambda lead: "")
        if place.depth == len(path):
            yield from _without_comma(piece, place)
        from reconciler.documents import round_trip

        for shared in (True, False):
            yield from round_trip.drop(piece, path, shared=shared)

    return attempts


def inserting(path: Path, position: int, value: Any) -> Attempts:
    """Attempts to insert an item at this position of the list at `path`."""

    def attempts(piece: str, reading: Reading) -> Iterator[str]:
        # Below the item before it, so that the comment above the next item stays there.
        for beside, below in ((position - 1, True), (position, False)):
            if beside >= 0:
                neighbour = (*path, beside)
                yield from _beside(piece, locate(piece, neighbour, spelled=reading.spelled), neighbour, value, below=below)
        place = locate(piece, (*path, position), spelled=reading.spelled)
        if place.depth > len(path):
            yield from (piece[: place.start] + text + ", " + piece[place.start :] for text in _in_flow(piece, value))
        elif place.depth == len(path) and place.form == "flow":
            yield from _in_brackets(piece, place, value)
        from reconciler.documents import round_trip

        for shared in (True, False):
            yield from round_trip.insert(piece, path, position, value, shared=shared)

    return attempts


def edited(text: str, document: int, change: Callable[[Any], Any], attempts: Attempts, reading: Reading = AS_READ) -> str:
    """The text with one document replaced by the first attempt that, when read, equals `change` of the document.

    document: its number in the file, from 0, without empty documents. Raises DocumentError, and what `change` raises.
    """
    if "\r\n" in text and text.count("\n") == text.count("\r\n"):
        return edited(text.replace("\r\n", "\n"), document, change, attempts, reading).replace("\n", "\r\n")
    done = 0
    for first_line, piece in pieces(text):
        before = _read(piece, first_line, reading)
        document -= before is not None
        if document < 0:
            try:
                wanted = reading.mark(change(before))
            except (IndexError, TypeError):
                raise _refused("the path does not exist in the document", first_line) from None
            if wanted == reading.mark(before):
                return text
            for after in attempts(piece, reading):
                if _reads_as(after, wanted, reading):
                    return text[:done] + after + text[done + len(piece) :]
            raise _refused("the edit would change other values too", first_line)
        done += len(piece)
    raise _refused("there is no such document in the file", 1)


def _refused(why: str, line: int) -> DocumentError:
    return DocumentError(why, line=line, reason="Edit", remedy="Edit the file by hand.")


def _read(piece: str, first_line: int, reading: Reading = AS_READ) -> Any:
    try:
        return reading.read(piece)
    except DocumentError as error:
        line = error.line + first_line - 1
        raise DocumentError(error.message, line=line, reason=error.reason, remedy=error.remedy) from None


def _reads_as(text: str, wanted: Any, reading: Reading) -> bool:
    try:
        return bool(reading.mark(reading.read(text)) == wanted)
    except DocumentError:
        return False


def _respelled(piece: str, place: Place, value: Any) -> Iterator[str]:
    """The piece with another scalar at this place, in the quotes of the old one if possible."""
    spelled = dump(value).removesuffix("\n")
    if isinstance(value, str) and place.style in ("'", '"'):
        yield piece[: place.value] + place.style + value + place.style + piece[place.end :]
    if "\n" in spelled or place.style in ("|", ">"):
        return
    yield piece[: place.value] + spelled + piece[place.end :]
    if isinstance(value, str):
        yield piece[: place.value] + json.dumps(value, ensure_ascii=False) + piece[place.end :]


def _with_lines(piece: str, place: Place, steps: Path, value: Any) -> str:
    """The piece with a new last member in a block mapping."""
    for step in reversed(steps):
        value = {step: value}
    lines = indent(dump(value), " " * place.column)
    at = _line_end(piece, place.end)
    return piece[:at] + ("" if piece[:at].endswith("\n") else "\n") + lines + piece[at:]


def _in_lines(piece: str, place: Place, path: Path, lines: Callable[[str], str]) -> Iterator[str]:
    """The piece with the lines of a member or item replaced, if no other value is on them. lines: what is before the member or
    item on its line → new lines."""
    for start, lead, end in _own_lines(piece, place, path):
        yield piece[:start] + lines(lead) + piece[end:]


def _own_lines(piece: str, place: Place, path: Path) -> Iterator[tuple[int, str, int]]:
    """(start, text before the member or item, end) of the lines of a member or item; nothing if another value is on them."""
    start = piece.rfind("\n", 0, place.start) + 1
    end = _line_end(piece, place.end)
    lead, trail = piece[start : place.start], piece[place.end : end]
    item = r" *- +" if isinstance(path[-1], int) else r" *"
    if place.depth == len(path) and re.fullmatch(item, lead) and re.fullmatch(r"\s*(#.*)?\s*", trail):
        yield start, lead, end


def _lines_of(piece: str, place: Place, lead: str, value: Any) -> str:
    """The lines of a member or item with a new value. The key keeps its spelling, and a comment beside the old value stays."""
    if place.key_end == place.start:
        lines = _item_lines(lead, value)
    else:
        key = piece[place.start : place.key_end]
        lines = indent(key + dump({"k": value})[1:], lead)
    comment = re.match(r"[ \t]+#[^\n]*", piece[place.end :])
    if comment and "\n" not in piece[place.start : place.end]:
        first, _, rest = lines.partition("\n")
        return f"{first}{comment[0]}\n{rest}"
    return lines


def _item_lines(lead: str, value: Any) -> str:
    """lead: what is before the neighbouring item on its line, up to its dash and the spaces behind it."""
    return indent(dump([value]), lead[: lead.index("-")])


def _beside(piece: str, place: Place, neighbour: Path, value: Any, *, below: bool) -> Iterator[str]:
    """The piece with a new item above or below another item of a block list."""
    for start, lead, end in _own_lines(piece, place, neighbour):
        at = end if below else start
        break_before = "" if piece[:at].endswith("\n") or not at else "\n"
        yield piece[:at] + break_before + _item_lines(lead, value) + piece[at:]


def _in_flow(piece: str, value: Any) -> Iterator[str]:
    """The value on one line, as it may be written in brackets: plain where that is possible, unless the text is JSON."""
    if not isinstance(value, dict | list) and piece.lstrip()[:1] not in ("{", "["):
        yield dump(value).removesuffix("\n")
    yield json.dumps(value, ensure_ascii=False)
    yield json.dumps(value)  # with escapes: YAML reads a next-line character in quotes as a space


def _in_brackets(piece: str, place: Place, value: Any, key: str | int = 0) -> Iterator[str]:
    """The piece with a new last item, or a new last member `key`, in a mapping or list in flow style."""
    at = len(piece[: place.end - 1].rstrip())
    before = piece[:at]
    comma = "" if before.endswith(("[", "{")) else " " if before.endswith(",") else ", "
    names = [f"{name}: " for name in _in_flow(piece, key)] if isinstance(key, str) else [""]
    for name in names:
        yield from (before + comma + name + text + piece[at:] for text in _in_flow(piece, value))


def _without_comma(piece: str, place: Place) -> Iterator[str]:
    """The piece without a member or item in flow style, with the comma behind it, before it, or none."""
    before, after = piece[: place.start], piece[place.end :]
    if behind := re.match(r"\s*,[ \t]*", after):
        yield before + after[behind.end() :]
    if before.rstrip().endswith(","):
        yield before.rstrip()[:-1] + after
    yield before + after


def _line_end(text: str, at: int) -> int:
    """The beginning of the line after the one that holds the character before `at`."""
    return text.find("\n", at - 1) + 1 or len(text)
