"""The text of a file that declares an object, and edits of this object's fields. Pure; comments and order stay as they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.documents.edit import insert, remove, set_value
from reconciler.documents.errors import DocumentError
from reconciler.documents.json_reader import read_json
from reconciler.documents.positions import line_of
from reconciler.documents.reader import read_stream
from reconciler.model.manifest import Manifest, Path, sequence, with_item, with_value, without


class ArgumentError(ValueError):
    """An argument of a command states no edit, or one that is refused."""


@dataclass(frozen=True, slots=True)
class FieldEdit:
    """One field of an object, and its new value."""

    path: Path
    value: Any
    """None removes the field."""
    inserted: bool = False
    """Whether the path is the position in a list at which the value becomes a new item."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which object of a file is meant."""

    what: str
    """In messages: the Cluster member1."""
    matches: Callable[[Any], bool]
    """Whether a document, or an item of a list, is the object."""


def change_object(file: str, content: str, wanted: Wanted, change: Callable[[Manifest], Sequence[FieldEdit]]) -> str:
    """The text of a file after the edits that `change` returns for the present object; each of them follows those before it.

    Raises DocumentError where they cannot be made without harm, or the file does not declare the object.
    """
    position, within, found = find_object(file, content, wanted)
    edits = change(found)
    if file.endswith(".json"):
        document = json.loads(content)
        after = with_edits(document, within, edits)
        return content if after == document else json.dumps(after, indent=2, ensure_ascii=False) + "\n"
    for edit in edits:
        path = (*within, *edit.path)
        if edit.inserted:
            content = insert(content, path, edit.value, position)
        else:
            content = remove(content, path, position) if edit.value is None else set_value(content, path, edit.value, position)
    return content


def with_edits(document: Any, within: Path, edits: Sequence[FieldEdit]) -> Any:
    """A document after edits of the object at the path `within`."""
    for edit in edits:
        path = (*within, *edit.path)
        if edit.inserted:
            document = with_item(document, path, edit.value)
        else:
            document = without(document, path) if edit.value is None else with_value(document, path, edit.value)
    return document


def find_object(file: str, content: str, wanted: Wanted) -> tuple[int, Path, Manifest]:
    """The position of the document that declares the object, the path of the object in it (empty, or an item of a List), and
    the object. Raises DocumentError."""
    documents, errors = (read_json if file.endswith(".json") else read_stream)(content)
    if errors:
        raise errors[0]
    if file.endswith(".json") and len(documents) > 1:
        raise DocumentError("the file contains several JSON values", line=1, reason="Edit", remedy="Edit the file by hand.")
    for position, document in enumerate(documents):
        if wanted.matches(document.value):
            return position, (), document.value
        for index, item in enumerate(sequence(document.value, "items")):
            if wanted.matches(item):
                return position, ("items", index), item
    raise DocumentError(f"the file does not declare {wanted.what}", line=1, reason="Edit", remedy="Edit the file by hand.")


def line_in(file: str, content: str, wanted: Wanted, path: Path) -> int:
    """The line of a field of the object, from 1; else of its nearest ancestor. Raises DocumentError as `find_object`."""
    position, within, _ = find_object(file, content, wanted)
    documents, _ = (read_json if file.endswith(".json") else read_stream)(content)
    return line_of(content, documents[position].line, (*within, *path))
