"""Every query ends, whatever it asks for, and the next one works."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.model.write_policy import Language, Query
from reconciler.pipeline.process.query_process import QueryProcess
from reconciler.query.locate import QueryError, locate, query_problem, using

REPLICAS = Query(Language.JQ, ".spec.replicas")
DOCUMENT = {"spec": {"replicas": 2, "items": ["a" * 30 + "!"]}}


@pytest.fixture
def process() -> Iterator[QueryProcess]:
    found = QueryProcess()
    with using(found):
        yield found
    found.close()


def where(query: Query, document: Any = DOCUMENT) -> Any:
    return locate([query], document)


def test_results_and_problems_are_those_of_this_process(process: QueryProcess) -> None:
    assert where(REPLICAS) == (("spec", "replicas"),)
    assert where(Query(Language.JSONPATH, "$.spec.replicas")) == (("spec", "replicas"),)
    assert process.pid is not None
    assert query_problem(REPLICAS) == ""
    assert "syntax error" in query_problem(Query(Language.JQ, ".["))


def test_pointers_need_no_process(process: QueryProcess) -> None:
    assert where(Query(Language.POINTER, "/spec/replicas")) == (("spec", "replicas"),)
    assert process.pid is None


@pytest.mark.parametrize(
    "query",
    [
        Query(Language.JQ, "[range(1e9)] | .spec"),
        Query(Language.JQ, "until(false; .)"),
        Query(Language.JSONPATH, "$.spec.items[?match(@, '(a*)*b')]"),
    ],
    ids=str,
)
def test_a_query_that_does_not_end_is_stopped_named_and_not_tried_again(process: QueryProcess, query: Query) -> None:
    with pytest.raises(
        QueryError, match=r"did not end within 1 second of processor time|not enough memory|was ended by"
    ) as caught:
        where(query)
    assert str(query) in caught.value.message
    ended = process.pid
    with pytest.raises(QueryError):
        where(query)
    assert process.pid == ended  # None was started for it.
    assert where(REPLICAS) == (("spec", "replicas"),)


def test_a_process_that_something_else_ended_is_replaced(process: QueryProcess) -> None:
    assert where(REPLICAS)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    assert where(REPLICAS) == (("spec", "replicas"),)


def test_a_query_reads_no_environment_and_no_file(process: QueryProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".jq").write_text("def mine: .spec;")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TOKEN", "secret")
    assert where(Query(Language.JQ, 'if $ENV | has("TOKEN") then .spec else empty end')) == ()
    assert "mine/0 is not defined" in query_problem(Query(Language.JQ, "mine"))
