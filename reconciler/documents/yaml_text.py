"""Patches of YAML text, such as a field of a ConfigMap. What no operation names stays as it is written.

Comments, order, other documents, the spelling of keys (`on`, `y`, `0123`) and of numbers stay. Karmada reads the first document
and writes it again (sigs.k8s.io/yaml), which loses all of these; `overriders/fields.py` chooses.

Each operation is first applied to the document as it is written (`read_spelled`), which decides whether it can be applied. Then
it becomes one edit of the text (`edit.py`), which must have exactly this result.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from reconciler.documents import edit
from reconciler.documents.errors import DocumentError
from reconciler.documents.json_patch import PatchError, apply_patch
from reconciler.documents.reader import pieces, read_spelled
from reconciler.documents.scalars import Spelled, SpelledKey, key_text, resolve
from reconciler.documents.writer import dump
from reconciler.model.manifest import Path
from reconciler.model.overrides import PatchOperation


def patch_text(text: str, operations: Iterable[PatchOperation]) -> str:
    """The text after all operations, which apply to its first document that is not empty.

    Raises PatchError if an operation cannot be applied, DocumentError if the text cannot be read, or cannot be edited without
    changing something else.
    """
    steps = list(operations)
    for operation, following in zip_longest(steps, steps[1:]):
        if not _replaces_all(operation) or operation.value is not None or following is None:
            text = _patched(text, operation)
        elif not _replaces_all(following):
            raise PatchError("a patch cannot be applied to null", remedy="Replace the document with the final value at once.")
    return text


def _replaces_all(operation: PatchOperation) -> bool:
    return not operation.path and operation.operator in ("add", "replace")


def _patched(text: str, operation: PatchOperation) -> str:
    before = next((document for _, piece in pieces(text) if (document := read_spelled(piece)) is not None), None)
    operation, path = _as_spelled(before, operation)
    try:
        after = apply_patch(before, [replace(operation, value=_spelled(operation.value))])
    except PatchError as error:
        documents = sum(_has_content(piece) for _, piece in pieces(text))
        if documents < 2:
            raise
        message = f"{error.message}. Only the first of {documents} documents in this text is edited"
        raise PatchError(message, remedy=error.remedy) from None
    if _replaces_all(operation) or before is None:
        return _replaced(text, operation.value)
    return edit.edited(text, 0, lambda _: after, _attempts(path, operation), edit.AS_SPELLED)


def _has_content(piece: str) -> bool:
    try:
        return read_spelled(piece) is not None
    except DocumentError:
        return True


def _attempts(path: Path, operation: PatchOperation) -> edit.Attempts:
    last = path[-1]
    if operation.operator == "remove":
        return edit.removing(path)
    if operation.operator == "add" and isinstance(last, int):
        return edit.inserting(path[:-1], last, operation.value)
    return edit.setting(path, operation.value)


def _replaced(text: str, value: Any) -> str:
    """The text with its first document that is not empty replaced."""
    done = 0
    for _, piece in pieces(text):
        if read_spelled(piece) is not None:
            header = "---\n" if piece.startswith("---") else ""
            return text[:done] + header + dump(value) + text[done + len(piece) :]
        done += len(piece)
    return text + dump(value)


def _as_spelled(document: Any, operation: PatchOperation) -> tuple[PatchOperation, Path]:
    """The operation with the keys of the text in its path, and its path as steps.

    A key that is not text may be named as it is written, or as Kubernetes reads it: `/on` and `/true` are the same. `remove` of
    the empty path removes the member with the empty name (see `json_patch.py`).
    """
    start, slash, rest = operation.path.partition("/")
    if _replaces_all(operation) or (start and not slash):
        return operation, ()
    names: list[str] = []
    path: list[str | int] = []
    for encoded in rest.split("/"):
        name = encoded.replace("~1", "/").replace("~0", "~")
        step: str | int = name
        if isinstance(document, dict):
            step = name if name in document else next((key for key in document if _reads_as(key, name)), name)
            name = step
        elif isinstance(document, list):
            step = _position(name, len(document), inserts=operation.operator == "add" and len(path) == rest.count("/"))
        path.append(step)
        names.append(name.replace("~", "~0").replace("/", "~1"))
        document = _child(document, step)
    return replace(operation, path=f"{start}/{'/'.join(names)}"), path


def _reads_as(key: str, name: str) -> bool:
    return isinstance(key, SpelledKey) and key_text(resolve(str(key))) == name


def _position(name: str, length: int, *, inserts: bool) -> int:
    """The position that the name means; 0 if it means none, which `apply_patch` reports."""
    if inserts and name == "-":
        return length
    try:
        return int(name) % (length + inserts)
    except (ValueError, ZeroDivisionError):
        return 0


def _child(document: Any, step: str | int) -> Any:
    try:
        return document[step]
    except (KeyError, IndexError, TypeError):
        return None


def _spelled(value: Any) -> Any:
    """A new value as `read_spelled` reads it from the text."""
    if isinstance(value, dict):
        return {name: _spelled(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_spelled(item) for item in value]
    return value if value is None or isinstance(value, str) else Spelled(dump(value).removesuffix("\n"))
