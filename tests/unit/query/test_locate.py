"""Where queries lead, and what is said about those that lead nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.write_policy import Language, Query
from reconciler.query.locate import QueryError, locate, query_problem

DOCUMENT: dict[str, Any] = {
    "spec": {"containers": [{"name": "web", "image": "a"}, {"name": "proxy", "image": "b"}], "a/b": {"c~d": 1}, "": 2},
}
IMAGE = ("spec", "containers", 1, "image")


def pointer(text: str) -> Query:
    return Query(Language.POINTER, text)


def jsonpath(text: str) -> Query:
    return Query(Language.JSONPATH, text)


def jq(text: str) -> Query:
    return Query(Language.JQ, text)


@pytest.mark.parametrize(
    ("query", "locations"),
    [
        (pointer("/spec/containers/1/image"), [IMAGE]),
        (pointer("/spec/a~1b/c~0d"), [("spec", "a/b", "c~d")]),
        (pointer("/spec/"), [("spec", "")]),
        (pointer("/spec/containers/2"), []),
        (pointer("/spec/containers/-"), []),
        (pointer("/spec/containers/01"), []),
        (pointer("/spec/containers/name"), []),
        (pointer("/status"), []),
        (pointer("spec"), []),
        (jsonpath("$.spec.containers[?@.name == 'proxy'].image"), [IMAGE]),
        (jsonpath("$..image"), [("spec", "containers", 0, "image"), IMAGE]),
        (jsonpath("$.status"), []),
        (jsonpath("$"), []),
        (jq('.spec.containers[] | select(.name == "proxy") | .image'), [IMAGE]),
        (jq(".spec.containers[-1].image // empty"), [IMAGE]),
        (jq(".status.replicas"), []),
        (jq("."), []),
        (jq(".spec.initContainers[].image"), []),
        (jq(".spec.initContainers[].image | select(.)"), []),
        (jq(".spec.containers[1].image # why"), [IMAGE]),
    ],
    ids=str,
)
def test_locations(query: Query, locations: list[Any]) -> None:
    assert list(locate([query], DOCUMENT)) == locations


def test_each_location_is_named_once() -> None:
    assert locate([jq("..|.image?"), jsonpath("$..image"), pointer("/spec/containers/1/image")], DOCUMENT) == (
        ("spec", "containers", 0, "image"),
        IMAGE,
    )


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        (pointer("spec"), "begins with '/'"),
        (pointer("/a~2"), "followed by 0 or 1"),
        (jsonpath("spec"), "begins with '$'"),
        (jsonpath("$.a["), "unexpected end"),
        (jsonpath("$[?" + "(" * 5000), "e"),  # one word for it or another, by version
        (jq(".["), "syntax error"),
        (jq('import "a" as a; .'), "cannot load modules"),
        (jq('# x\n include "a"; .'), "cannot load modules"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_wrong_with_a_query_itself(query: Query, problem: str) -> None:
    assert problem in query_problem(query)
    assert "\n" not in query_problem(query)


@pytest.mark.parametrize("query", [pointer("/spec"), jsonpath("$.spec"), jq(".spec.include"), jq(".spec")], ids=str)
def test_a_query_with_nothing_wrong(query: Query) -> None:
    assert query_problem(query) == ""


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (jq(".spec.containers[0:1]"), "name single items"),
        (jq(".spec | tojson"), "computes values"),
        (jq('error("the password")'), "it fails for this object"),
        (jq(".spec.containers.name"), "it fails for this object"),
    ],
    ids=str,
)
def test_a_query_without_a_result_is_named_without_what_it_read(query: Query, message: str) -> None:
    document = {"spec": {"containers": ["the password"]}}
    with pytest.raises(QueryError) as caught:
        locate([query], document)
    assert caught.value.message.startswith(f"the {query} of ignoreDifferences: ")
    assert message in caught.value.message
    assert "the password" not in caught.value.message.replace(str(query), "")
