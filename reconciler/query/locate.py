"""The locations that queries name in a document.

A pointer is followed here. JSONPath and jq go to a runner: `InThisProcess`, or a process of their own while one is installed by
`using`. Whoever can commit to the repository can write queries, so every process that runs those of a repository installs one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from reconciler.errors import ReconcilerError
from reconciler.model.write_policy import Language, Query
from reconciler.query.jq_queries import jq_problem, locate_jq
from reconciler.query.jsonpath_queries import jsonpath_problem, locate_jsonpath
from reconciler.query.pointers import Location, locate_pointer, pointer_problem


class QueryError(ReconcilerError):
    """A query has no result for an object."""


class Runner(Protocol):
    """Raises ReconcilerError where a query has no result; its message is a clause."""

    def locate(self, query: Query, document: Any) -> tuple[Location, ...]: ...

    def problem(self, query: Query) -> str: ...


class InThisProcess:
    """A Runner without a limit of time."""

    def locate(self, query: Query, document: Any) -> tuple[Location, ...]:
        return (locate_jq if query.language is Language.JQ else locate_jsonpath)(query.text, document)

    def problem(self, query: Query) -> str:
        return (jq_problem if query.language is Language.JQ else jsonpath_problem)(query.text)


_runner: Runner = InThisProcess()


@contextmanager
def using(runner: Runner) -> Iterator[None]:
    """JSONPath and jq go to this runner until the end of the block."""
    global _runner  # noqa: PLW0603 - as for scripts: one for the whole process
    before, _runner = _runner, runner
    try:
        yield
    finally:
        _runner = before


def locate(queries: Iterable[Query], document: Any) -> tuple[Location, ...]:
    """The locations that any of the queries names, each once. Raises QueryError, whose message names the query."""
    found: dict[Location, None] = {}
    for query in queries:
        if query.language is Language.POINTER:
            found |= dict.fromkeys(locate_pointer(query.text, document))
            continue
        try:
            found |= dict.fromkeys(_runner.locate(query, document))
        except ReconcilerError as error:
            remedy = "Correct the query in ignoreDifferences."
            raise QueryError(f"the {query} of ignoreDifferences: {error.message}", remedy=remedy) from None
    return tuple(found)


def query_problem(query: Query) -> str:
    """What is wrong with a query itself, as a clause; empty where nothing is."""
    if query.language is Language.POINTER:
        return pointer_problem(query.text)
    try:
        return _runner.problem(query)
    except ReconcilerError as error:
        return error.message
