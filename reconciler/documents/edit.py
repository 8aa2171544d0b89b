"""Changes values in a YAML file. Comments, order, quotes and indentation stay unchanged.

Most edits replace, add or remove a scalar, or a member with its own lines. They change only these characters of the text. Other
edits use a round trip of ruamel.yaml, which rewrites one document of the file. It does not resolve scalars, so that `0644` and
`1.50` keep their spelling, and indents as the file does.

After each edit the result is read again and compared: the file has exactly the requested change, or the edit is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from io import StringIO
from textwrap import indent
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString, PlainScalarString

from reconciler.documents.errors import DocumentError
from reconciler.documents.positions import Place, locate
from reconciler.documents.reader import pieces, read_one
from reconciler.documents.scalars import needs_quotes
from reconciler.documents.writer import dump
from reconciler.model import manifest
from reconciler.model.manifest import Path


def set_value(text: str, path: Path, value: Any, document: int = 0) -> str:
    """The text with `value` at `path`. Creates missing mappings on the way; a position in a list must exist.

    path: at least one step. document: its number in the file, from 0, without empty documents.
    Raises DocumentError if the document cannot be read, or the edit would change something else too.
    """

    def attempts(piece: str) -> Iterator[str]:
        place = locate(piece, path)
        if place.depth == len(path) and place.form == "scalar" and not isinstance(value, dict | list):
            yield from _respelled(piece, place, value)
        elif place.depth < len(path) and place.form == "block" and isinstance(path[place.depth], str):
            yield _with_lines(piece, place, path[place.depth :], value)
        if isinstance(path[-1], str):
            # Tried before the round trip, because ruamel.yaml treats the comment above the next member as part of this one.
            yield from _in_lines(piece, place, path, lambda column: indent(dump({path[-1]: value}), " " * column))
        yield _round_trip(piece, lambda root: _put(root, path, value))

    return _edited(text, document, lambda before: manifest.with_value(before, path, value), attempts)


def remove(text: str, path: Path, document: int = 0) -> str:
    """The text without the member or item at `path`; the same text if there is none. Arguments and errors as in `set_value`."""

    def attempts(piece: str) -> Iterator[str]:
        yield from _in_lines(piece, locate(piece, path), path, lambda column: "")
        yield _round_trip(piece, lambda root: _drop(root, path))

    return _edited(text, document, lambda before: manifest.without(before, path), attempts)


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


def _edited(text: str, document: int, change: Callable[[Any], Any], attempts: Callable[[str], Iterator[str]]) -> str:
    """The text with one document replaced by the first attempt that, when read, equals `change` of the document."""
    if "\r\n" in text:
        return _edited(text.replace("\r\n", "\n"), document, change, attempts).replace("\n", "\r\n")
    done = 0
    for first_line, piece in pieces(text):
        before = _read(piece, first_line)
        document -= before is not None
        if document < 0:
            try:
                wanted = dump(change(before))
            except (IndexError, TypeError):
                raise _refused("the path does not exist in the document", first_line) from None
            if wanted == dump(before):
                return text
            for after in attempts(piece):
                if _reads_as(after, wanted):
                    return text[:done] + after + text[done + len(piece) :]
            raise _refused("the edit would change other values too", first_line)
        done += len(piece)
    raise _refused("there is no such document in the file", 1)


def _refused(why: str, line: int) -> DocumentError:
    return DocumentError(why, line=line, reason="Edit", remedy="Edit the file by hand.")


def _read(piece: str, first_line: int) -> Any:
    try:
        return read_one(piece)
    except DocumentError as error:
        line = error.line + first_line - 1
        raise DocumentError(error.message, line=line, reason=error.reason, remedy=error.remedy) from None


def _reads_as(text: str, wanted: str) -> bool:
    try:
        return dump(read_one(text)) == wanted
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


def _in_lines(piece: str, place: Place, path: Path, lines: Callable[[int], str]) -> Iterator[str]:
    """The piece with the lines of a member or item replaced, if no other value is on them. lines: column of the key → new
    lines."""
    start = piece.rfind("\n", 0, place.start) + 1
    end = _line_end(piece, place.end)
    lead, trail = piece[start : place.start], piece[place.end : end]
    item = r" *- +" if isinstance(path[-1], int) else r" *"
    if place.depth == len(path) and re.fullmatch(item, lead) and re.fullmatch(r"\s*(#.*)?\s*", trail):
        yield piece[:start] + lines(len(lead)) + piece[end:]


def _line_end(text: str, at: int) -> int:
    """The beginning of the line after the one that holds the character before `at`."""
    return text.find("\n", at - 1) + 1 or len(text)


class _Verbatim(VersionedResolver):
    """Resolves every scalar to text, so that ruamel.yaml writes unchanged scalars as they are in the file."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        return self.DEFAULT_SCALAR_TAG if kind is ScalarNode else super().resolve(kind, value, implicit)


def _round_trip(piece: str, change: Callable[[Any], None]) -> str:
    header = re.match(r"(?:%[^\n]*\n)*---[ \t]*(?:#[^\n]*)?\n", piece)
    head, body = (header[0], piece[header.end() :]) if header else ("", piece)
    yaml = YAML()
    yaml.Resolver = _Verbatim
    yaml.preserve_quotes = True
    yaml.width = 1 << 30
    mapping, offset = _indentation(body)
    yaml.indent(mapping=mapping, sequence=offset + 2, offset=offset)
    stream = StringIO()
    try:
        root = yaml.load(body)
        change(root)
        yaml.dump(root, stream)
    except YAMLError:
        raise _refused("ruamel.yaml cannot rewrite the document", 1) from None
    return head + stream.getvalue()


def _indentation(body: str) -> tuple[int, int]:
    """The indentation of nested mappings and of list dashes relative to their key, from the first of each in the file."""
    # Only the first `: #` of a line can begin its comment, so that a line is read once.
    opened = r"[^\s#-](?:[^\n:]|:(?![ \t]*+(?:#|$)))*+:[ \t]*+(?:#[^\n]*+)?+\n"
    mapping = re.search(rf"^{opened}( +)[^\s#-]", body, re.MULTILINE)
    dash = re.search(rf"^( *+){opened}( *)- ", body, re.MULTILINE)
    return len(mapping[1]) if mapping else 2, max(len(dash[2]) - len(dash[1]), 0) if dash else 0


def _put(root: Any, path: Path, value: Any) -> None:
    for step in path[:-1]:
        child = root.get(step) if isinstance(root, CommentedMap) else root[step]
        if not isinstance(child, CommentedMap | CommentedSeq):
            child = root[_styled(step)] = CommentedMap()
        root = child
    root[_styled(path[-1]) if isinstance(root, CommentedMap) else path[-1]] = _styled(value)


def _drop(root: Any, path: Path) -> None:
    for step in path[:-1]:
        root = root[step]
    del root[path[-1]]


def _styled(value: Any) -> Any:
    """The value in ruamel.yaml's types, with quotes where YAML 1.1 needs them."""
    if isinstance(value, dict):
        return CommentedMap({_styled(name): _styled(item) for name, item in value.items()})
    if isinstance(value, list):
        return CommentedSeq(map(_styled, value))
    if not isinstance(value, str):
        return PlainScalarString(dump(value).removesuffix("\n"))
    if "\n" in value:
        return LiteralScalarString(value)
    # A plain str would get the style of the scalar that it replaces.
    quoted = needs_quotes(value) or value == "<<"
    return DoubleQuotedScalarString(value) if quoted else PlainScalarString(value)
