r"""`.json` files → plain documents, with the same rules as for YAML.

YAML is not a superset of JSON: the escape `"\/"` and surrogate pairs are errors for a YAML reader, and kubectl reads JSON files
as JSON. Numbers are the same as in YAML: whole floats are integers, and integers beyond 64 bits are floats. As in kubectl, a
file can contain several values. After a syntax error the rest of the file is not read.

Python's decoder does not report positions, so an error that is not a syntax error has the line where its value begins.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from reconciler.documents.document_builder import MAX_DEPTH
from reconciler.documents.errors import FIX_SYNTAX, FLATTEN, DocumentError
from reconciler.documents.reader import Document
from reconciler.documents.scalars import as_json

_SPACE = re.compile(r"[ \t\r\n]*")
_HALF_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_REMEDIES = {"DuplicateKey": "Remove one.", "UnsupportedValue": "Quote it if it is text."}
_HALF = re.compile("[\ud800-\udfff]")


def read_json(data: bytes | str) -> tuple[list[Document], list[DocumentError]]:
    """All values of a file that are not null, and its errors. Values with an error are left out."""
    try:
        text = (data if isinstance(data, str) else data.decode()).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = 1 + error.object.count(b"\n", 0, error.start)
        return [], [DocumentError("the text is not UTF-8", line=line, reason="NotUtf8", remedy="Save it as UTF-8.")]
    documents: list[Document] = []
    errors: list[DocumentError] = []
    try:
        _read(text, documents, errors)
    except json.JSONDecodeError as error:
        # The cause is not chained: it carries the text, which may be secret.
        errors.append(DocumentError(f"the text is not JSON: {error.msg}", line=error.lineno, reason="Syntax", remedy=FIX_SYNTAX))
    return documents, errors


def _read(text: str, documents: list[Document], errors: list[DocumentError]) -> None:
    values = _Values()
    halves = _HALF_ESCAPE.search(text) is not None
    at, line = 0, 1
    while (start := _skipped(text, at)) < len(text):
        line += text.count("\n", at, start)
        values.problems = []
        try:
            value, at = values.decoder.raw_decode(text, start)
            if _deeper_than(MAX_DEPTH, value):
                raise RecursionError
        except RecursionError:
            message = f"more than {MAX_DEPTH} levels of nested mappings and lists"
            errors.append(DocumentError(message, line=line, reason="TooDeep", remedy=FLATTEN))
            return
        errors += [
            DocumentError(message, line=line, reason=reason, remedy=_REMEDIES[reason]) for reason, message in values.problems
        ]
        if value is not None and not values.problems:
            documents.append(Document(_without_halves(value) if halves else value, line))
        line += text.count("\n", start, at)


class _Values:
    """The hooks of Python's JSON decoder. The decoder cannot return errors, so they are collected here."""

    def __init__(self) -> None:
        self.problems: list[tuple[str, str]] = []
        """(reason, message) of each error in the current value."""
        self.decoder = json.JSONDecoder(
            object_pairs_hook=self._mapping, parse_int=self._integer, parse_float=self._float, parse_constant=self._constant
        )

    def _mapping(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) < len(pairs):
            names = [name for name, _ in pairs]
            for name in sorted({name for name in names if names.count(name) > 1}):
                self.problems.append(("DuplicateKey", f"the key {name!r} is written twice in one mapping"))
        return members

    def _integer(self, digits: str) -> int | float | None:
        if len(digits) <= 20 and -(2**63) <= (value := int(digits)) < 2**64:
            return value
        return self._float(digits)

    def _float(self, digits: str) -> int | float | None:
        value = float(digits)
        if math.isfinite(value):
            return as_json(value)
        self._constant("a number out of range")
        return None

    def _constant(self, name: str) -> None:
        self.problems.append(("UnsupportedValue", f"JSON for an API server cannot contain {name}"))


def _skipped(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _deeper_than(depth: int, value: Any) -> bool:
    level = [value]
    for _ in range(depth + 1):
        containers = [item for item in level if isinstance(item, dict | list)]
        level = [part for item in containers for part in (item.values() if isinstance(item, dict) else item)]
        if not containers:
            return False
    return True


def _without_halves(value: Any) -> Any:
    """The value with U+FFFD for each unpaired half of a surrogate pair, as in Go."""
    if isinstance(value, str):
        return _HALF.sub("\ufffd", value)
    if isinstance(value, list):
        return [_without_halves(item) for item in value]
    if isinstance(value, dict):
        return {_without_halves(name): _without_halves(item) for name, item in value.items()}
    return value
