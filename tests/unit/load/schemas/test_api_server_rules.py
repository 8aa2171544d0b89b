"""What an API server refuses although the published schemas allow it. `tests/e2e/kubernetes/test_api_server_rules.py` compares it
with a server."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.load.schemas import kubernetes_kinds
from reconciler.load.schemas.api_server_rules import CHOICES, CHOICES_OF_ITEMS, LEAST, PORTS
from reconciler.load.schemas.crd import schemas_of_crd, validate
from reconciler.model.keys import GroupVersionKind
from reconciler.model.label_syntax import KEY_PATTERN, VALUE_PATTERN, key_problem, value_problem
from reconciler.model.manifest import gvk_of
from tests.support.fleet import definition

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {LABELS}, annotations: {ANNOTATIONS}}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web, POD_LABELS}}
    spec:
      containers:
      - {name: NAME, image: IMAGE, imagePullPolicy: POLICY, ports: [{containerPort: PORT}], livenessProbe: {grpc: {port: 1}}}
      - {name: other, image: x, livenessProbe: {tcpSocket: {port: PROBED}}}
  replicas: COUNT
"""
VALID = {
    **{"LABELS": "", "ANNOTATIONS": "", "POD_LABELS": "", "NAME": "main", "POLICY": "Always"},
    **{"IMAGE": "x", "PORT": "1", "PROBED": "a", "COUNT": "0"},
}


def found(document: dict[str, Any]) -> list[tuple[str, str]]:
    """(message, remedy)."""
    return [(one.message, one.remedy) for one in kubernetes_kinds.validate(document, gvk_of(document))]


def deployment(**parts: str) -> dict[str, Any]:
    text = DEPLOYMENT
    for name, value in sorted({**VALID, **parts}.items(), key=lambda item: -len(item[0])):
        text = text.replace(name, value)
    document: dict[str, Any] = yaml.safe_load(text)
    return document


@pytest.mark.parametrize(
    ("parts", "message", "remedy"),
    [
        ({"LABELS": "a: 'we b'"}, "metadata.labels.a must be a label value", "Write at most 63"),
        ({"POD_LABELS": f"a: {'x' * 64}"}, "spec.template.metadata.labels.a must be a label value", "Write at most 63"),
        ({"LABELS": "a: 1"}, "metadata.labels.a must be text, but is a whole number", "Put it in quotes."),
        ({"LABELS": "'x y': a"}, 'metadata.labels["x y"] is not a label key', "Write at most 63"),
        ({"LABELS": "Example.com/a: a"}, 'metadata.labels["Example.com/a"] is not a label key', "Write at most 63"),
        ({"ANNOTATIONS": "'x y': a"}, 'metadata.annotations["x y"] is not an annotation key', "Write at most 63"),
        ({"NAME": "Main"}, "spec.template.spec.containers[0].name must be a DNS label", "lower-case"),
        (
            {"POLICY": "always"},
            "containers[0].imagePullPolicy must be one of Always, IfNotPresent, Never",
            "Did you mean Always?",
        ),
        ({"COUNT": "-1"}, "spec.replicas must be at least 0", "within the limits"),
        ({"PORT": "0"}, "containers[0].ports[0].containerPort must be a port", "from 1 to 65535"),
        ({"PORT": "65536"}, "containers[0].ports[0].containerPort must be a port", "from 1 to 65535"),
        ({"PROBED": "65536"}, "containers[1].livenessProbe.tcpSocket.port must be a port", "from 1 to 65535"),
        ({"IMAGE": "''"}, "containers[0].image must not be empty", "Write the image"),
        ({"POLICY": "Sometimes"}, "containers[0].imagePullPolicy must be one of", "Write one of these."),
    ],
)
def test_what_a_server_refuses_is_an_error(parts: dict[str, str], message: str, remedy: str) -> None:
    ((told, how),) = found(deployment(**parts))
    assert (message in told, remedy in how) == (True, True), (told, how)


@pytest.mark.parametrize(
    "parts",
    [
        {"LABELS": "a: ''"},
        {"LABELS": "a: null, example.com/b_c.d: V-1.0_x"},
        {"ANNOTATIONS": "Example.com/a: 'any text, of any length'"},
        {"POLICY": "''"},
        {"PORT": "65535"},
        {"PROBED": "65535"},
        {"COUNT": "null"},
        {"POLICY": "null"},
    ],
)
def test_what_a_server_accepts_is_none(parts: dict[str, str]) -> None:
    assert found(deployment(**parts)) == []


@pytest.mark.parametrize(
    ("key", "valid"), [("a.b", True), ("_X-1", True), ("..data", False), ("a b", False), ("a/b", False), ("x" * 254, False)]
)
def test_keys_of_a_config_map_are_names_of_files(key: str, valid: bool) -> None:
    document = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {key: "1"}}
    assert (found(document) == []) is valid


def test_labels_of_a_custom_kind_are_labels_too() -> None:
    (schema,) = schemas_of_crd(yaml.safe_load(definition("example.org", "v1"))).values()
    widget = {"apiVersion": "example.org/v1", "kind": "Widget", "metadata": {"name": "a", "labels": {"a": "b c"}}}
    assert [one.message for one in validate(widget, schema)] == ["metadata.labels.a must be a label value"]
    widget["metadata"] = {"name": "a", "labels": {"a": "b"}, "annotations": {"x": "b c"}}
    assert validate(widget, schema) == []


def test_every_rule_is_of_a_field_that_the_newest_schemas_have() -> None:
    definitions = kubernetes_kinds._definitions(kubernetes_kinds._folders()[0])
    names = {".".join(name.split(".")[-3:]): name for name in definitions}
    for field in (*CHOICES, *CHOICES_OF_ITEMS, *LEAST, *PORTS):
        owner, _, name = field.rpartition(".")
        assert name in definitions[names[owner]]["properties"], field
    assert kubernetes_kinds.knows(GroupVersionKind("", "v1", "Pod"))


@given(st.text(alphabet="aZ0-_./ ü\n", max_size=70) | st.builds("{}/{}".format, st.text("a.-A"), st.text("aA-_.")))
def test_patterns_and_functions_are_one_rule(text: str) -> None:
    assert (re.search(VALUE_PATTERN, text) is not None) == (value_problem(text) == "")
    assert (re.search(KEY_PATTERN, text) is not None) == (key_problem(text) == "")
