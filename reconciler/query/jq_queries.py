"""jq. The only module that imports it.

`path(QUERY)` gives the locations, so a query is a path expression, as for `del(QUERY)`. A query may not load modules, because
that would read files. What it computes stays here: only locations leave, and messages that a query raises itself are left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jq

from reconciler.errors import ReconcilerError
from reconciler.query.pointers import Location

_COMPILED = 256
_MODULES = re.compile(r"(?:\s|#[^\n]*(?:\n|\Z))*(?:module|import|include)\b")
_NO_PATH = "Invalid path expression"
_NOTHING_THERE = "Cannot iterate over null"
"""For `.spec.initContainers[]` of an object without any: a rule may be about many objects."""
_MOST = 10_000
"""Locations of one query."""


@lru_cache(_COMPILED)
def jq_problem(query: str) -> str:
    """What is wrong with a query, as a clause; empty where nothing is."""
    if _MODULES.match(query):
        return "a query cannot load modules"
    try:
        jq.compile(query)
        _compiled(query)
    except ValueError as error:
        return str(error).strip().partition("\n")[0].removeprefix("jq: error: ").rstrip(":")
    return ""


def locate_jq(query: str, document: Any) -> tuple[Location, ...]:
    """The locations of the values. Raises ReconcilerError where the query cannot be evaluated."""
    if problem := jq_problem(query):
        raise ReconcilerError(problem)
    try:
        found = _compiled(query).input_value(document).first()
    except ValueError as error:
        if str(error).startswith(_NOTHING_THERE):
            return ()
        is_path = not str(error).startswith(_NO_PATH)  # The rest of the message may quote a Secret.
        raise ReconcilerError(
            "it fails for this object" if is_path else "it computes values, in place of naming fields"
        ) from None
    locations = [_there(_location(path), document) for path in found if path]
    return tuple(location for location in dict.fromkeys(locations) if location)


def _location(path: list[Any]) -> Location:
    if not all(isinstance(step, str) or (isinstance(step, int) and not isinstance(step, bool)) for step in path):
        raise ReconcilerError("it names a part of a list, such as .[2:4]; name single items")
    return tuple(path)


@lru_cache(_COMPILED)
def _compiled(query: str) -> Any:
    return jq.compile(f"[limit({_MOST}; path({query}\n))]")


def _there(location: Location, document: Any) -> Location:
    """The location, counted from the front of lists; empty where nothing is there, because jq names absent fields, too."""
    found: list[str | int] = []
    for step in location:
        if isinstance(document, list) and isinstance(step, int) and -len(document) <= step < len(document):
            found.append(step % len(document))
        elif isinstance(document, Mapping) and step in document:
            found.append(step)
        else:
            return ()
        document = document[step]
    return tuple(found)
