"""Lists in which server-side apply wants every item once."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.load.schemas import kubernetes_kinds
from reconciler.load.schemas.crd import schemas_of_crd, validate
from reconciler.load.schemas.list_keys import repeated
from reconciler.model.issues import Severity
from reconciler.model.manifest import gvk_of, with_value
from tests.support.builders import deployment

CONTAINER = ("spec", "template", "spec", "containers", 0)
POD: dict[str, Any] = with_value(
    deployment(),
    ("spec",),
    {
        "selector": {"matchLabels": {"a": "b"}},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "main", "image": "nginx"}]}},
    },
)


@pytest.mark.parametrize(
    ("path", "items", "message"),
    [
        ((*CONTAINER, "env"), [{"name": "LOG", "value": "a"}, {"name": "LOG", "value": "b"}], "env[1] has the same name as"),
        (
            (*CONTAINER, "ports"),
            [{"containerPort": 80}, {"containerPort": 80, "protocol": "TCP"}],
            "same containerPort and protocol",
        ),
        ((*CONTAINER, "ports"), [{"containerPort": 80}, {"containerPort": 80, "protocol": "UDP"}], ""),
        ((*CONTAINER, "env"), [{"name": "A"}, {"name": "B"}], ""),
        (("spec", "template", "spec", "hostAliases"), [{"ip": "1.1.1.1"}, {"ip": "1.1.1.1"}], "hostAliases[1] has the same ip"),
        (("spec", "template", "spec", "imagePullSecrets"), [{"name": "x"}, {"name": "y"}, {"name": "x"}], "imagePullSecrets[2]"),
        (("metadata", "finalizers"), ["a/b", "c/d", "a/b"], "metadata.finalizers[2] has the same value"),
        ((*CONTAINER, "args"), ["x", "x"], ""),
    ],
)
def test_an_item_that_is_there_already_is_named(path: tuple[str | int, ...], items: list[Any], message: str) -> None:
    document = with_value(POD, path, items)
    found = kubernetes_kinds.validate(document, gvk_of(document))
    assert [violation.reason for violation in found] == (["DuplicateItem"] if message else [])
    assert all(message in violation.message and violation.severity is Severity.ERROR for violation in found)
    assert all(violation.path == (*path, len(items) - 1) for violation in found)


def test_a_definition_states_the_keys_and_their_defaults() -> None:
    item = {"type": "object", "properties": {"name": {"type": "string"}, "zone": {"type": "string", "default": "a"}}}
    keyed = {"type": "array", "items": item, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name", "zone"]}
    tags = {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"}
    schema = {
        "type": "object",
        "properties": {"parts": keyed, "tags": tags, "free": {**tags, "x-kubernetes-list-type": "atomic"}},
    }
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.org"},
        "spec": {
            "group": "example.org",
            "names": {"kind": "Widget", "plural": "widgets"},
            "scope": "Namespaced",
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}],
        },
    }
    (compiled,) = schemas_of_crd(crd).values()
    assert compiled.is_valid is not None
    widget = {"apiVersion": "example.org/v1", "kind": "Widget", "metadata": {"name": "w"}}
    parts = [{"name": "x"}, {"name": "x", "zone": "b"}, {"name": "x", "zone": "a"}]
    found = validate({**widget, "parts": parts, "tags": ["a", "a"], "free": ["a", "a"]}, compiled)
    assert [violation.path for violation in found] == [("parts", 2), ("tags", 1)]
    assert validate({**widget, "parts": parts[:2], "tags": ["a", "b"]}, compiled) == []


def test_only_equal_keys_of_one_type_are_equal() -> None:
    keys = {"k": None}
    assert repeated([{"k": 1}, {"k": True}, {"k": "1"}, {"k": 1.5}, {}, {}, {"k": [1]}, {"k": [1]}, 1, 1], keys) == []
    assert repeated([{"k": 1}, {"k": 2}, {"k": 1}, {"k": 1}], keys) == [2, 3]
