"""YAML text in one form: indented by two spaces, and with the usual order of keys.

Lists are indented below their key, or not, as the first list of the document is: both are common, and every line would change. At
the top, `apiVersion`, `kind` and `metadata` come first and `status` last; in `metadata`, the name, the namespace, the labels and
the annotations; in an item of a list, `apiVersion`, `kind` and `name`. Other keys keep their order, and so do lists.

Only whole lines move and are indented: comments, quotes, blank lines and text in brackets stay as they are. Two blank lines are
left out where keys change places: one that would come below a text with `|+` and become a part of it, and one that would come
between a dash and its first key. A comment belongs to the key below it; one that is indented deeper than that key, and one at
the end of a line, to the key above.

The result is read again and compared: if a document would mean something else, the text stays as it is. So does a document with
anchors, tags or `?`, whose lines depend on their order.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import dropwhile

import yaml

from reconciler.documents.block_layout import Block, Collection, Leaf, Member, NoLayoutError, layout
from reconciler.documents.errors import DocumentError
from reconciler.documents.reader import pieces, read_stream
from reconciler.documents.writer import dump

_FIRST: dict[tuple[str, ...], tuple[str, ...]] = {
    (): ("apiVersion", "kind", "metadata"),
    ("metadata",): ("name", "generateName", "namespace", "labels", "annotations"),
    ("[]",): ("apiVersion", "kind", "name"),
}
"""The end of a path → its first keys. `[]` is an item of a list."""
_LAST = ("status",)
"""Last keys of a document."""
_INDENT = 2


def formatted(text: str) -> str:
    """The text in one form; the same text if it has an error, or if that would change its meaning. Never raises."""
    if "\r\n" in text:
        return text if text.count("\n") != text.count("\r\n") else formatted(text.replace("\r\n", "\n")).replace("\n", "\r\n")
    before = _meaning(text)
    if before is None or "\t" in text or not text.strip():
        return text
    result = _once(text)
    is_safe = _meaning(result) == before and _words(result) == _words(text) and _once(result) == result
    return result if is_safe else text


def _once(text: str) -> str:
    return "".join(_piece(piece) for _, piece in pieces(text))


def _meaning(text: str) -> list[str] | None:
    """What each document says; None for a text with an error."""
    documents, errors = read_stream(text)
    return None if errors else [dump(document.value) for document in documents]


def _words(text: str) -> Counter[str]:
    """The lines without indentation and dashes: what must be in both texts."""
    return Counter(stripped for line in text.splitlines() if (stripped := line.strip(" -")))


def _piece(piece: str) -> str:
    header = _HEADER.match(piece)
    head, body = (header[0], piece[header.end() :]) if header else ("", piece)
    end = _END.search(body)
    body, tail = (body[: end.start()], body[end.start() :]) if end else (body, "")
    lines = body.split("\n")
    complete = lines[-1] == ""
    try:
        root = layout(lines[:-1] if complete else lines)
    except (NoLayoutError, DocumentError, yaml.YAMLError, UnicodeEncodeError, RecursionError):
        return piece
    lines = lines[:-1] if complete else lines
    return head + "".join(f"{line}\n" for line in _Formatter(lines, _list_indent(root) or 0).document(root)) + tail


def _list_indent(block: Collection) -> int | None:
    """How lists are indented below their keys; None if there is none."""
    for member in block.members:
        if isinstance(member.value, Collection):
            if member.value.is_list and not block.is_list:
                return _INDENT if member.value.column > block.column else 0
            if (found := _list_indent(member.value)) is not None:
                return found
    return None


@dataclass(frozen=True, slots=True)
class _Formatter:
    lines: Sequence[str]
    """Of one document."""
    list_indent: int

    def document(self, root: Collection) -> Iterator[str]:
        """What stands above a blank line at the top is about the file, so it stays there."""
        end = self._without_lead(len(self.lines), root.column, root.members[-1].end)
        blanks = [number for number in range(root.line) if not self.lines[number].strip()]
        start = blanks[-1] + 1 if blanks else 0
        yield from self.lines[:start]
        yield from self._collection(root, (start, end), 0, ())
        yield from self._between(range(end, len(self.lines)), None, root, ())

    def _collection(self, block: Collection, span: tuple[int, int], column: int, path: tuple[str, ...]) -> Iterator[str]:
        """The lines of `span`, which are those of the collection, at this column."""
        chunks: list[tuple[Member, int, int]] = []
        start = span[0]
        for number, member in enumerate(block.members):
            following = block.members[number + 1] if number + 1 < len(block.members) else None
            end = span[1] if following is None else self._without_lead(following.line, block.column, member.end)
            chunks.append((member, start, end))
            start = end
        above: tuple[Block | None, tuple[str, ...]] = (None, ())
        for member, start, end in sorted(chunks, key=lambda chunk: _rank(chunk[0].name, path)):
            below = (*path, member.name or "[]")
            yield from self._between(range(start, member.line), column, *above)
            yield from self._member(block, member, end, column, below)
            above = (member.value, below)

    def _member(self, block: Collection, member: Member, end: int, column: int, path: tuple[str, ...]) -> Iterator[str]:
        line, value = self.lines[member.line], member.value
        if isinstance(value, Leaf):
            yield self._at(column, line[block.column :])
            yield from (self._shifted(number, column - block.column) for number in range(member.line + 1, value.end))
            yield from (self._comment(number, column) for number in range(max(member.line + 1, value.end), end))
            return
        own = column + (self.list_indent if not block.is_list and value.is_list else _INDENT)
        stop = self._without_lead(end, value.column, value.members[-1].end, below=True)
        if value.line == member.line:  # An item whose content begins behind its dash.
            first, *rest = dropwhile(_is_blank, self._collection(value, (member.line, stop), own, path))
            yield f"{' ' * column}- {first.lstrip(' ')}"
            yield from rest
        else:
            yield self._at(column, line[block.column :])
            yield from self._collection(value, (member.line + 1, stop), own, path)
        yield from self._between(range(stop, end), column, value, path)

    def _between(self, numbers: range, column: int | None, above: Block | None, path: tuple[str, ...]) -> Iterator[str]:
        """Comments and blank lines, without the blank lines that would become a part of the text above."""
        kept = list(numbers)
        if above is not None and _keeps_blank_lines(above, path):
            kept = list(dropwhile(lambda number: _is_blank(self.lines[number]), kept))
        yield from (self.lines[number] if column is None else self._comment(number, column) for number in kept)

    def _without_lead(self, end: int, column: int, limit: int, *, below: bool = False) -> int:
        """The first of the blank lines and comments above line `end` that belong to what follows. below: only comments that are
        indented less than the column."""
        start = end
        while start > limit:
            line = self.lines[start - 1]
            indentation = len(line) - len(line.lstrip(" "))
            if line.strip() and not (line.lstrip(" ").startswith("#") and indentation < column + (not below)):
                break
            start -= 1
        return start

    def _comment(self, number: int, column: int) -> str:
        return self._at(column, self.lines[number].strip(" "))

    def _shifted(self, number: int, by: int) -> str:
        line = self.lines[number]
        if not line.strip():
            return line
        return " " * by + line if by >= 0 else line[min(-by, len(line) - len(line.lstrip(" "))) :]

    def _at(self, column: int, text: str) -> str:
        return " " * column + text if text else ""


def _is_blank(line: str) -> bool:
    return not line.strip()


def _keeps_blank_lines(block: Block, path: tuple[str, ...]) -> bool:
    while isinstance(block, Collection):
        last = sorted(block.members, key=lambda member: _rank(member.name, path))[-1]
        block, path = last.value, (*path, last.name or "[]")
    return block.keeps_blank_lines


def _rank(name: str, path: tuple[str, ...]) -> int:
    """Sorts the keys of a mapping; keys without a place of their own, and items of a list, stay as they are."""
    first = _FIRST.get(path[-1:] if path[-1:] in _FIRST else path, ())
    if name and name in first:
        return first.index(name) - len(first)
    return int(not path and name in _LAST)


_HEADER = re.compile(r"(?:%[^\n]*\n)*---[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_END = re.compile(r"^\.\.\.(?=\s|\Z)", re.MULTILINE)
