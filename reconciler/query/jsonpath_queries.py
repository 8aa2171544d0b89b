"""JSONPath (RFC 9535), as python-jsonpath understands it. The only module that imports it."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from reconciler.errors import ReconcilerError
from reconciler.query.pointers import Location

_COMPILED = 256


def jsonpath_problem(query: str) -> str:
    """What is wrong with a query, as a clause; empty where nothing is."""
    if not query.startswith("$"):
        return "a JSONPath begins with '$'"
    try:
        _compiled(query)
    except _library().JSONPathError as error:
        return str(error).strip().partition("\n")[0] or type(error).__name__  # The next lines draw where the mistake is.
    except RecursionError:
        return "it is nested too deeply"
    return ""


def locate_jsonpath(query: str, document: Any) -> tuple[Location, ...]:
    """The locations of the values. Raises ReconcilerError where the query cannot be evaluated."""
    try:
        matches = [match.parts for match in _compiled(query).finditer(document)]
    except (_library().JSONPathError, RecursionError):
        raise ReconcilerError("it fails for this object") from None  # The message may quote a Secret.
    return tuple(tuple(parts) for parts in matches if parts)


@lru_cache(_COMPILED)
def _compiled(query: str) -> Any:
    return _environment().compile(query)


@cache
def _environment() -> Any:
    return _library().JSONPathEnvironment()


@cache
def _library() -> Any:
    import jsonpath  # late: 90 ms that few need to wait for

    return jsonpath
