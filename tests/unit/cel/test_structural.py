"""Custom resources as an API server stores them, and as rules see them."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.cel.errors import NotJudgedError
from reconciler.cel.structural import cel_value, escaped, in_one_order, ruled_schema, stored_custom, time_fields, unordered_fields

TEXT: dict[str, Any] = {"type": "string"}
TIME = {"type": "string", "format": "date-time"}


def schema(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


@pytest.mark.parametrize(
    ("name", "identifier"),
    [
        ("plain", "plain"),
        ("my-field", "my__dash__field"),
        ("a.b/c", "a__dot__b__slash__c"),
        ("under__score", "under__underscores__score"),
        ("namespace", "__namespace__"),
        ("in", "__in__"),
        ("spaced out", ""),
        ("9th", ""),
    ],
)
def test_names_of_fields(name: str, identifier: str) -> None:
    assert escaped(name) == identifier


def test_defaults_are_filled_in_and_unknown_fields_are_dropped() -> None:
    spec = schema(size={"type": "integer", "default": 2}, may={**TEXT, "nullable": True}, deep=schema(x={**TEXT, "default": "y"}))
    given = {"apiVersion": "v1", "kind": "X", "metadata": {"name": "x"}, "spec": {"size": None, "may": None, "deep": {"z": 1}}}
    assert stored_custom(given, schema(spec=spec)) == {**given, "spec": {"size": 2, "may": None, "deep": {"x": "y"}}}
    assert stored_custom({"spec": {}}, schema(spec=spec))["spec"] == {"size": 2}
    kept = {**spec, "x-kubernetes-preserve-unknown-fields": True}
    assert stored_custom({"spec": {"z": 1}}, schema(spec=kept))["spec"] == {"z": 1, "size": 2}


def test_numbers_are_doubles_where_the_schema_says_number() -> None:
    found = cel_value({"a": 1, "b": 1, "c": "1", "d": 1}, schema(a={"type": "number"}, b={"type": "integer"}, c=TEXT))
    assert found == {"a": 1.0, "b": 1, "c": "1"}
    assert isinstance(found["a"], float)
    with pytest.raises(NotJudgedError, match="does not fit"):
        cel_value({"b": "1"}, schema(b={"type": "integer"}))


def test_times_are_read_by_the_name_of_their_field() -> None:
    assert time_fields(schema(start=TIME, wait={"type": "string", "format": "duration"}, x=TEXT)) == {
        "start": "timestamp",
        "wait": "duration",
    }
    assert time_fields(TIME) == {"self": "timestamp"}
    for ambiguous in (schema(start=TIME, below=schema(start=TEXT)), schema(all={"type": "array", "items": TIME})):
        with pytest.raises(NotJudgedError):
            time_fields(ambiguous)


def test_lists_whose_order_does_not_count() -> None:
    words = {"type": "array", "items": TEXT, "x-kubernetes-list-type": "set"}
    assert unordered_fields(schema(words=words, other={"type": "array", "items": TEXT})) == {"words"}
    one, other = (in_one_order({"words": items}, schema(words=words)) for items in (["b", "a"], ["a", "b"]))
    assert one == other


def test_rules_are_found_at_any_depth() -> None:
    assert ruled_schema(schema(x=TEXT)) is None
    ruled = {**TEXT, "x-kubernetes-validations": [{"rule": "true"}]}
    for one in (ruled, {"type": "array", "items": ruled}, {"type": "object", "additionalProperties": ruled}, schema(x=ruled)):
        found = ruled_schema(schema(with_rule=one, without=TEXT))
        assert found is not None
        assert found.has_rules(one)
        assert not found.has_rules(TEXT)
