"""Variables, labels and annotations, as Flux puts them into what kustomize printed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.expand.finish import NOTHING_TO_FINISH, finish_of, finished_output
from reconciler.model.expansion import Expansion, ExpansionKey
from reconciler.model.issues import Issue

ONE = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\ndata:\n  a: {}\n"


def finish(**spec: Any) -> str:
    found = finish_of({"spec": spec}, {"digest": '{"x": "from\\nmap", "y": "map"}'})
    assert isinstance(found, str)
    return found


def data(text: str, **variables: Any) -> Any:
    output = finished_output(Expansion(ExpansionKey("k"), ONE.format(text)), finish(postBuild={"substitute": variables}))
    return output.failure or output.objects[0].manifest["data"]["a"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("${x}", "red"),
        ("a-${x}-${x}", "a-red-red"),
        ("${absent}", None),
        ("<${absent}>", "<>"),
        ("${absent:=other}", "other"),
        ("${absent:-other}", "other"),
        ("${empty:-other}", "other"),
        ("<${empty-other}>", "<>"),
        ("${absent-other}", "other"),
        ("${x:=other}", "red"),
        ("${number}", 3),
        ('"${number}"', "3"),
        ("$x", "$x"),
        ("$${x}", "${x}"),
        ("${absent:=a b/c:d}", "a b/c:d"),
    ],
)
def test_variables(text: str, wanted: object) -> None:
    assert data(text, x="red", empty="", number=3) == wanted


@pytest.mark.parametrize("text", ["${x/a/b}", "${#x}", "${x^^}", "${x:1:2}", "${x:=${y}}", "${1}"])
def test_other_expressions_are_refused(text: str) -> None:
    found = data(text, x="red")
    assert isinstance(found, Issue)
    assert found.reason == "SubstitutionUnreadable"


@pytest.mark.parametrize("field", ["labels", "annotations"])
def test_an_object_may_be_left_alone(field: str) -> None:
    text = ONE.format("${x}").replace(
        "  name: one\n", f"  name: one\n  {field}:\n    kustomize.toolkit.fluxcd.io/substitute: disabled\n"
    )
    output = finished_output(Expansion(ExpansionKey("k"), text), finish(postBuild={"substitute": {"x": "red"}}))
    assert output.objects[0].manifest["data"]["a"] == "${x}"


def test_variables_of_maps_count_less_and_lose_their_line_breaks() -> None:
    entries = [{"kind": "ConfigMap", "name": "m", "digest": "digest"}]
    found = json.loads(finish(postBuild={"substitute": {"y": "own"}, "substituteFrom": entries}))
    assert found["variables"] == {"x": "frommap", "y": "own"}


def test_a_map_that_is_not_declared_is_an_error_unless_it_is_optional() -> None:
    entry = {"kind": "ConfigMap", "name": "m", "digest": ""}
    found = finish_of({"spec": {"postBuild": {"substituteFrom": [entry]}}}, {})
    assert isinstance(found, Issue)
    assert found.reason == "ValuesMissing"
    assert finish(postBuild={"substituteFrom": [{**entry, "optional": True}]}) == NOTHING_TO_FINISH


def test_without_variables_nothing_is_replaced() -> None:
    """As in Flux: a text with `${x}` stays where postBuild names no variable."""
    output = finished_output(Expansion(ExpansionKey("k"), ONE.format("${x}")), finish(commonMetadata={"labels": {"a": "b"}}))
    assert output.objects[0].manifest["data"]["a"] == "${x}"
    assert output.objects[0].manifest["metadata"] == {"name": "one", "labels": {"a": "b"}}


def test_there_is_nothing_to_do_for_most_objects() -> None:
    assert finish(values={"a": 1}) == NOTHING_TO_FINISH
