"""What a Namespace and a CustomResourceDefinition hold."""

from __future__ import annotations

import pytest

from reconciler.interpreter.containers import Containers, defined_kind, holds, is_container, served_kinds
from reconciler.model.keys import GroupVersionKind, ResourceKey

NAMESPACE = ResourceKey("", "Namespace", "", "shop")
DEFINITION = ResourceKey("apiextensions.k8s.io", "CustomResourceDefinition", "", "flags.example.io")
CRD = {
    "spec": {
        "group": "example.io",
        "names": {"kind": "Flag"},
        "versions": [{"name": "v1", "served": True}, {"name": "v1beta1", "served": False}, {"name": "v2"}],
    }
}


@pytest.mark.parametrize(
    ("container", "key", "expected"),
    [
        (NAMESPACE, ResourceKey("", "Secret", "shop", "key"), True),
        (NAMESPACE, ResourceKey("", "Secret", "other", "key"), False),
        (NAMESPACE, ResourceKey("", "Node", "", "shop"), False),
        (DEFINITION, ResourceKey("example.io", "Flag", "shop", "new"), True),
        (DEFINITION, ResourceKey("example.com", "Flag", "shop", "new"), False),
        (ResourceKey("example.io", "Namespace", "", "shop"), ResourceKey("", "Secret", "shop", "key"), False),
    ],
)
def test_what_a_container_holds(container: ResourceKey, key: ResourceKey, expected: bool) -> None:
    assert holds(container, CRD, key) is expected


def test_several_containers_hold_what_each_of_them_holds() -> None:
    other = ResourceKey("", "Namespace", "", "other")
    containers = Containers({DEFINITION: CRD, NAMESPACE: {}, other: {}})
    assert containers.holding(ResourceKey("example.io", "Flag", "shop", "new")) == [NAMESPACE, DEFINITION]
    assert containers.holding(ResourceKey("example.io", "Flag", "", "new")) == [DEFINITION]
    assert containers.holding(ResourceKey("", "Secret", "other", "key")) == [other]
    assert containers.holding(ResourceKey("", "Secret", "third", "key")) == []
    assert containers.holding(NAMESPACE) == []


def test_a_definition_that_is_not_there_holds_nothing() -> None:
    assert not holds(DEFINITION, None, ResourceKey("", "", "", ""))


def test_only_namespaces_and_definitions_are_containers() -> None:
    assert is_container(NAMESPACE)
    assert is_container(DEFINITION)
    assert not is_container(ResourceKey("example.io", "CustomResourceDefinition", "", "flags"))


def test_the_kinds_of_a_definition() -> None:
    assert defined_kind(CRD) == ("example.io", "Flag")
    assert served_kinds(CRD) == {GroupVersionKind("example.io", version, "Flag") for version in ("v1", "v2")}
