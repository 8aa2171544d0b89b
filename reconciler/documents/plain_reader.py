"""Reads most of what `writer.py` writes, many times as fast as libyaml's events: for files that this program wrote itself.

It knows block mappings, block lists and scalars in ASCII, with the writer's indentation, and is certain about nothing else: an
escape, an anchor, a comment or any other character makes it give up, and `reader.py` reads the text. What it returns, `reader.py`
returns as well (`tests/properties/test_plain_reader.py`).

Equal blocks are read once and share their value: the lists of members in the files of a status branch are mostly the same. Text
is taken apart by operations of `str` and `re`, without a step of the interpreter for each line.
"""

from __future__ import annotations

import re
from typing import Any

from reconciler.documents.scalars import HINTS, WORDS, as_json, resolve


class NotPlainError(Exception):
    """The text needs `reader.py`."""


class PlainReader:
    """Reads texts, and remembers what each member of a mapping comes to. Callers must not change what it returns.

    Texts have whole lines, and no line break at their end.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, Any]] = {}
        self._scalars: dict[str, Any] = {}
        """Of items on one line. (A dictionary with a `__missing__` that reads would hold this object: a cycle.)"""

    def read(self, data: bytes) -> dict[str, Any]:
        """The one mapping of a text. Raises NotPlainError."""
        if data.translate(None, _PRINTABLE) or _DEEP in data or data[-1:] != b"\n":
            raise NotPlainError
        text = data[:-1].decode("ascii")
        return self._mapping(text, of_file=True)

    def _mapping(self, text: str, *, of_file: bool = False) -> dict[str, Any]:
        """of_file: long members are not remembered, because they are all different."""
        known = self._known
        members = _BETWEEN_MEMBERS.split(text)
        mapping: dict[str, Any] = {}
        for member in members:
            found = known.get(member)
            if found is None:
                found = self._member(member)
                if not of_file or "\n" not in member:
                    known[member] = found
            mapping[found[0]] = found[1]
        if len(mapping) != len(members):  # A key is written twice.
            raise NotPlainError
        return mapping

    def _member(self, text: str) -> tuple[str, Any]:
        match = _TEXT_MEMBER.fullmatch(text)  # Most members that are all different are digests.
        if match is not None and match[1] not in WORDS:
            return match[1], match[2]
        line, _, block = text.partition("\n")
        match = _MEMBER.fullmatch(line)
        if match is None:
            raise NotPlainError
        name, scalar = match.groups()
        if name in WORDS:
            raise NotPlainError
        if scalar is None:
            return name, self._block(block)
        return name, _scalar(_unfolded(scalar, block) if block else scalar)

    def _block(self, text: str) -> Any:
        """text: the lines below a key, with their indentation."""
        if text[:2] == "- ":
            known = self._scalars
            return [known[item] if item in known else self._item(item) for item in text[2:].split("\n- ")]
        if text[:2] != "  " or "\n-" in text:
            raise NotPlainError
        return self._mapping(text[2:].replace("\n  ", "\n"))

    def _item(self, text: str) -> Any:
        """text: without the dash in the place of the first line's indentation."""
        if "\n" in text or _MEMBER.fullmatch(text):
            return self._mapping(text.replace("\n  ", "\n"))
        value = self._scalars[text] = _scalar(text)
        return value


def _unfolded(first: str, rest: str) -> str:
    """The text of a scalar on several lines: each line break is a space. Spaces before it do not count (YAML 1.2, 6.5)."""
    if first[-1] == " " or " \n" in rest or _CONTINUATION.fullmatch(rest) is None:
        raise NotPlainError
    return f"{first} {rest[2:].replace(_FOLD, ' ')}"


def _scalar(text: str) -> Any:
    if _PLAIN.fullmatch(text) is None:
        if _QUOTED.fullmatch(text):
            return text[1:-1]
        if text in ("{}", "[]"):
            return {} if text == "{}" else []
        raise NotPlainError
    if text[0] not in HINTS:
        return text
    value = resolve(text)
    if isinstance(value, float):
        try:
            return as_json(value)
        except ValueError as error:
            raise NotPlainError from error
    return value


_PRINTABLE = bytes((*range(0x20, 0x7F), 0x0A))
_DEEP = b" " * 64
"""The indentation of a level that `reader.py` may refuse."""
_FOLD = "\n  "
_BETWEEN_MEMBERS = re.compile(r"\n(?![ -])")
_KEY = r"[A-Za-z][A-Za-z0-9_./-]*+"
_MEMBER = re.compile(rf"({_KEY}):(?: (.+))?")
# Without ": " and " #", which end a plain scalar, and without a space at an end.
_PLAIN = re.compile(r"(?:[A-Za-z0-9_/.+]|-(?=[^ ]))[^ :#]*+(?:(?::(?=[^ ])|(?<=[^ ])#| (?=[^ #]))[^ :#]*+)*+")
_TEXT_MEMBER = re.compile(rf"({_KEY}): ((?![{re.escape(''.join(sorted(HINTS)))}])[A-Za-z0-9_/][^ :#\n]*+(?::[^ :#\n]++)*+)")
"""A member whose value is certainly text: HINTS are no characters of it."""
_QUOTED = re.compile(r"\"[^\"\\]*+\"|'[^']*+'")
_CONTINUATION = re.compile(r"  [A-Za-z0-9_/.+(][^\n]*(?:\n  [A-Za-z0-9_/.+(][^\n]*)*+")
