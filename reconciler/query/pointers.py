"""JSON pointers (RFC 6901): `/spec/template/spec/containers/0/image`, with `~1` for a slash and `~0` for a tilde in a name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeAlias

Location: TypeAlias = tuple[str | int, ...]
"""The names and places that lead to a value; never empty."""

_STRAY_TILDE = re.compile("~(?![01])")
_PLACE = re.compile("0|[1-9][0-9]*")


def pointer_problem(pointer: str) -> str:
    """What is wrong with a pointer, as a clause; empty where nothing is."""
    if not pointer.startswith("/"):
        return "a JSON pointer begins with '/'"
    return "in a JSON pointer, '~' is followed by 0 or 1: ~0 is a tilde, ~1 a slash" if _STRAY_TILDE.search(pointer) else ""


def locate_pointer(pointer: str, document: Any) -> tuple[Location, ...]:
    """The location of the value, or none where the document has no such value. The whole document is no location."""
    if pointer_problem(pointer):
        return ()
    location: list[str | int] = []
    for token in pointer.split("/")[1:]:
        step: str | int = token.replace("~1", "/").replace("~0", "~")
        if isinstance(document, list):
            if not (isinstance(step, str) and _PLACE.fullmatch(step) and int(step) < len(document)):
                return ()
            step = int(step)
        elif not (isinstance(document, Mapping) and step in document):
            return ()
        document = document[step]
        location.append(step)
    return (tuple(location),)
