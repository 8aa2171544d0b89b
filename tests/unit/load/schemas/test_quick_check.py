"""The quick answer is jsonschema's answer: on every sample document, spoiled at every place."""

from collections.abc import Mapping
from typing import Any

import jsonschema
import pytest

from reconciler.load.schemas import karmada, kubernetes_kinds
from reconciler.load.schemas.quick_check import compile_schema
from reconciler.model.manifest import gvk_of
from tests.unit.load.documents import Document, documents, name_of, spoiled


def schema_of(document: Document) -> Mapping[str, Any]:
    gvk = gvk_of(document)
    found = karmada._schemas().get(gvk) or kubernetes_kinds._schema(gvk)
    assert found is not None
    return found


@pytest.mark.parametrize("document", documents("ordinary.yaml") + documents("karmada.yaml"), ids=name_of)
def test_agrees_with_jsonschema(document: Document) -> None:
    validator, judge = compile_schema(schema_of(document)), jsonschema.Draft202012Validator(schema_of(document))
    assert validator is not None
    for path, changed in spoiled(document, offset=len(name_of(document))):
        assert validator(changed, None) == judge.is_valid(changed), path
        assert validator(changed, document) == judge.is_valid(changed), path


@pytest.mark.parametrize("value", [None, True, False, 0, 1, 1.0, 1.5, -1, "", "a", "ab", [], ["a"], {}, {"a": 1}, {"b": "a"}])
@pytest.mark.parametrize(
    "keywords",
    [
        True,
        False,
        {},
        {"type": "integer"},
        {"type": ["integer", "number"]},
        {"type": ["string", "null"], "enum": ["a", None]},
        {"const": True},
        {"const": "a"},
        {"minimum": 0, "maximum": 1},
        {"minLength": 1, "maxLength": 1},
        {"pattern": "^a"},
        {"minItems": 1, "items": {"type": "string"}},
        {"maxItems": 0},
        {"minProperties": 1, "maxProperties": 1},
        {"propertyNames": {"pattern": "a"}},
        {"properties": {"a": {"type": "string"}}, "additionalProperties": False},
        {"additionalProperties": {"type": "integer"}, "required": ["a"]},
        {"not": {"required": ["a"]}},
        {"allOf": [{"type": "string"}, {"minLength": 1}]},
        {"anyOf": [{"type": "string"}, {"minimum": 1}]},
        {"oneOf": [{"type": "integer"}, {"minimum": 1}]},
    ],
    ids=str,
)
def test_each_keyword_means_what_it_means_to_jsonschema(keywords: Any, value: object) -> None:
    validator = compile_schema(keywords)
    assert validator is not None
    assert validator(value, None) == jsonschema.Draft202012Validator(keywords).is_valid(value)


@pytest.mark.parametrize(
    "keywords", [{"uniqueItems": True}, {"enum": [1]}, {"const": 1}, {"items": {"if": {}}}, {"$ref": "#"}], ids=str
)
def test_what_is_not_known_exactly_is_left_to_jsonschema(keywords: Any) -> None:
    assert compile_schema(keywords) is None


def test_a_schema_may_hold_itself() -> None:
    tree: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": {}}
    tree["properties"]["child"] = tree
    validator = compile_schema(tree)
    assert validator is not None
    assert validator({"child": {"child": {}}}, None)
    assert not validator({"child": {"child": {"other": 1}}}, None)


def test_what_a_valid_document_has_at_the_same_place_is_not_checked_again() -> None:
    validator = compile_schema({"properties": {"a": {"type": "string"}, "b": {"items": {"type": "string"}}}, "required": ["a"]})
    assert validator is not None
    trusted = {"a": 1, "b": [2]}  # Not valid, so that a check would show.
    assert validator({**trusted, "c": 1}, trusted)
    assert not validator({**trusted, "b": [3]}, trusted)
    assert not validator({**trusted, "b": [*trusted["b"], 3]}, trusted)  # type: ignore[misc]
    assert not validator({"b": trusted["b"]}, trusted)
    assert not validator({**trusted, "a": None}, {"b": trusted["b"]})
