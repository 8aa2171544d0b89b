from typing import Any

import pytest

from reconciler.load.schemas.crd import schemas_of_crd, validate
from reconciler.model.issues import Severity
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import with_value, without
from tests.unit.load.documents import documents, name_of

CRD = next(
    document for document in documents("ordinary.yaml") if name_of(document) == "CustomResourceDefinition-widgets.example.org"
)
WIDGET: dict[str, Any] = {
    "apiVersion": "example.org/v1",
    "kind": "Widget",
    "metadata": {"name": "w", "labels": {"a": "b"}, "anything": 1},
    "spec": {"size": 3, "colour": "red", "mode": None},
}
SCHEMA = ("spec", "versions", 0, "schema", "openAPIV3Schema")


def test_a_definition_teaches_its_kind() -> None:
    assert list(schemas_of_crd(CRD)) == [GroupVersionKind("example.org", "v1", "Widget")]


@pytest.mark.parametrize("path", [SCHEMA, ("spec", "group")])
def test_without_a_schema_nothing_is_known(path: tuple[str | int, ...]) -> None:
    assert schemas_of_crd(without(CRD, path)) == {}


def test_a_malformed_definition_teaches_nothing() -> None:
    assert schemas_of_crd(with_value(CRD, (*SCHEMA, "properties", "spec", "minProperties"), "many")) == {}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("spec", "size"), 9),
        (("spec", "port"), 80),
        (("spec", "port"), "http"),
        (("spec", "cpu"), 2),
        (("spec", "cpu"), "not our business: patterns are RE2"),
        (("spec", "labels"), {"any": "text"}),
        (("spec", "labels"), {"any": None}),
        (("spec", "free"), {"any": [{"thing": None}]}),
        (("spec", "any"), [1, {"a": None}]),
        (("spec", "template"), {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {}}),
        (("spec", "parts"), [{"name": "a"}]),
        (("spec", "parts"), None),
        (("spec", "source"), {"git": "x"}),
        (("spec", "source"), {"git": "x", "http": None}),
        (("spec", "colour"), None),
        (("status",), {"size": "not looked at"}),
    ],
)
def test_what_the_api_server_takes(path: tuple[str | int, ...], value: object) -> None:
    [custom] = schemas_of_crd(CRD).values()
    assert validate(with_value(WIDGET, path, value), custom) == []


def test_a_required_field_with_a_default_may_be_left_out() -> None:
    [custom] = schemas_of_crd(CRD).values()
    assert validate(without(WIDGET, ("spec", "colour")), custom) == []


@pytest.mark.parametrize(
    ("path", "value", "severity", "message"),
    [
        (("spec", "size"), "3", "error", "spec.size must be a whole number, but is text"),
        (("spec", "size"), None, "error", "spec.size is missing"),
        (("spec", "size"), 10, "error", "spec.size must be less than 10"),
        (("spec", "size"), 0, "error", "spec.size must be at least 1"),
        (("spec", "colour"), "hunter2", "error", "spec.colour must be one of red, green"),
        (("spec", "mode"), "c", "error", "spec.mode must be one of a, b"),
        (("spec", "port"), [], "error", "spec.port must be a whole number or text, but is a list"),
        (("spec", "labels"), {"any": 1}, "error", "spec.labels.any must be text, but is a whole number"),
        (("spec", "template"), {"specs": {}}, "warning", "spec.template.specs is not a known field; the API server drops"),
        (("spec", "parts"), [{}], "error", "spec.parts[0].name is missing"),
        (("spec", "parts"), [{"name": ""}], "error", "spec.parts[0].name must not be empty"),
        (("spec", "parts"), [{"name": "a"}, {"name": "b"}, {"name": "c"}], "error", "spec.parts must have at most 2 items"),
        (("spec", "parts"), [None], "error", "spec.parts[0] must be a mapping, but is null"),
        (("spec", "source"), {"git": "x", "http": "y"}, "error", "spec.source does not have the form that its kind requires"),
        (("spec", "source"), {}, "error", "spec.source.git is missing"),
        (("spec", "sise"), 3, "warning", "spec.sise is not a known field; the API server drops"),
        (("specs",), {}, "warning", "specs is not a known field"),
    ],
)
def test_mistakes(path: tuple[str | int, ...], value: object, severity: str, message: str) -> None:
    [custom] = schemas_of_crd(CRD).values()
    [violation] = validate(with_value(WIDGET, path, value), custom)
    assert violation.severity is Severity(severity)
    assert violation.message.startswith(message)
    assert "hunter2" not in violation.message


def test_a_schema_that_says_nothing_takes_everything() -> None:
    open_schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    [custom] = schemas_of_crd(with_value(CRD, SCHEMA, open_schema)).values()
    assert validate({**WIDGET, "spec": [1]}, custom) == []
