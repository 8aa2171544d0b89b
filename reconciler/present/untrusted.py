"""Reads a document that anybody may have written, such as a job for a pull request from a fork: a value is what it has to be, or
the document is refused. Nothing of it is quoted, and nothing is computed from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.documents.json_reader import read_json

MOST = 32 * 1024 * 1024
"""Bytes of a document that is read."""


class ShapeError(Exception):
    """A value is not what it has to be. The message consists of our own words."""


def only_document(data: bytes) -> Any:
    """Raises ShapeError."""
    documents, errors = read_json(data)
    if errors or len(documents) != 1:
        raise ShapeError("it is not one JSON document")
    return documents[0].value


def fields(value: Any, *names: str, exactly: bool = True) -> Mapping[str, Any]:
    """A mapping that has these fields, and exactly these unless told otherwise. Raises ShapeError."""
    if not isinstance(value, dict) or not set(names) <= value.keys() or (exactly and len(value) != len(names)):
        raise ShapeError(f"a mapping does not have the fields {', '.join(names)}")
    return value


def text(of: Mapping[str, Any], name: str) -> str:
    """Raises ShapeError, as all here."""
    value = of[name]
    if not isinstance(value, str):
        raise ShapeError(f"{name} is not a text")
    return value


def texts(of: Mapping[str, Any], name: str) -> tuple[str, ...]:
    if not all(isinstance(one, str) for one in items(of, name)):
        raise ShapeError(f"{name} is not a list of texts")
    return tuple(of[name])


def items(of: Mapping[str, Any], name: str) -> list[Any]:
    value = of[name]
    if not isinstance(value, list):
        raise ShapeError(f"{name} is not a list")
    return value


def number(of: Mapping[str, Any], name: str) -> int:
    """From 0 on."""
    value = of[name]
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ShapeError(f"{name} is not a number")
    return value
