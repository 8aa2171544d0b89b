from typing import Any

import pytest

from reconciler.load.schemas.explain_violations import ReportOptions, explain, field_path
from reconciler.model.issues import Severity

OPTIONS = ReportOptions(Severity.WARNING, "it is lost", quotes=True)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), "the document"),
        (("spec", "rules", 0, "host"), "spec.rules[0].host"),
        (("metadata", "labels", "app.kubernetes.io/name"), 'metadata.labels["app.kubernetes.io/name"]'),
        (("spec", "$ref"), "spec.$ref"),
    ],
)
def test_field_path(path: tuple[str | int, ...], text: str) -> None:
    assert field_path(path) == text


def test_of_several_alternatives_the_one_that_fits_furthest_is_explained() -> None:
    git = {"type": "object", "properties": {"git": {"properties": {"url": {"type": "string"}}}}, "required": ["git"]}
    schema = {"anyOf": [{"type": "string"}, git, {"required": ["http"]}]}
    assert [it.message for it in explain(schema, {"git": {"url": 1}}, OPTIONS)] == ["git.url must be text, but is a whole number"]


def test_alternatives_that_differ_in_type_only_are_named_together() -> None:
    schema = {"properties": {"a": {"anyOf": [{"type": "string"}, {"type": ["integer", "null"]}]}}}
    assert [it.message for it in explain(schema, {"a": []}, OPTIONS)] == ["a must be text or a whole number, but is a list"]


@pytest.mark.parametrize(
    ("allowed", "value", "remedy"),
    [
        ("integer", 1.5, "Write a whole number."),
        ("integer", True, "Write a whole number."),
        (["number", "null"], False, "Write a number."),
        ("boolean", 1, "Write true or false."),
        ("integer", [1], "Write a single value."),
        ("integer", "1", "Write it without quotes."),
    ],
)
def test_the_remedy_for_a_wrong_type_helps(allowed: Any, value: Any, remedy: str) -> None:
    [violation] = explain({"properties": {"a": {"type": allowed}}}, {"a": value}, OPTIONS)
    assert violation.remedy == remedy


@pytest.mark.parametrize(("member", "quoted"), [("plain", True), ("value", False), ("data", False), ("annotations", False)])
def test_a_found_word_is_quoted_only_where_it_cannot_be_secret(member: str, quoted: bool) -> None:
    [violation] = explain({"properties": {member: {"enum": ["a", "b"]}}}, {member: "hunter2"}, OPTIONS)
    assert ("hunter2" in violation.message) is quoted


def test_list_positions_are_sorted_as_numbers() -> None:
    violations = explain({"properties": {"a": {"items": {"type": "string"}}}}, {"a": [1] * 11}, OPTIONS)
    assert [it.path[1] for it in violations] == list(range(11))


def test_all_missing_and_unknown_fields_are_named_one_by_one() -> None:
    schema = {"required": ["a", "b"], "properties": {"a": {}, "b": {}}, "additionalProperties": False}
    assert [(it.reason, it.message) for it in explain(schema, {"x": 1, "y": 2}, OPTIONS)] == [
        ("MissingField", "a is missing"),
        ("MissingField", "b is missing"),
        ("UnknownField", "x is not a known field; it is lost"),
        ("UnknownField", "y is not a known field; it is lost"),
    ]
