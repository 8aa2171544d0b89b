"""An empty key of a list item would add an item with every apply."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.load.schemas import kubernetes_kinds
from reconciler.model.manifest import with_value
from reconciler.plan.list_keys import CONTAINERS, KEY, without_empty_keys
from tests.support.builders import deployment, manifest

EMPTY, FILLED = {"port": 80, "protocol": ""}, {"port": 80}
CONTAINER = {"name": "a", "ports": [{"containerPort": 80, "protocol": ""}, {"containerPort": 53, "protocol": "UDP"}]}
SETTLED = {"name": "a", "ports": [{"containerPort": 80}, {"containerPort": 53, "protocol": "UDP"}]}


def test_a_service() -> None:
    service = manifest("Service", spec={"ports": [EMPTY, {"port": 53, "protocol": "UDP"}]})
    assert without_empty_keys(service)["spec"]["ports"] == [FILLED, {"port": 53, "protocol": "UDP"}]


@pytest.mark.parametrize(
    ("api", "kind", "path"),
    [
        ("v1", "Pod", ("spec",)),
        ("v1", "PodTemplate", ("template", "spec")),
        ("v1", "ReplicationController", ("spec", "template", "spec")),
        ("apps/v1", "Deployment", ("spec", "template", "spec")),
        ("apps/v1", "StatefulSet", ("spec", "template", "spec")),
        ("apps/v1", "DaemonSet", ("spec", "template", "spec")),
        ("apps/v1", "ReplicaSet", ("spec", "template", "spec")),
        ("batch/v1", "Job", ("spec", "template", "spec")),
        ("batch/v1", "CronJob", ("spec", "jobTemplate", "spec", "template", "spec")),
    ],
)
def test_containers_of_every_kind_with_pods(api: str, kind: str, path: tuple[str, ...]) -> None:
    for field in CONTAINERS:
        document = with_value(manifest(kind, api=api), (*path, field), [CONTAINER])
        assert without_empty_keys(document) == with_value(manifest(kind, api=api), (*path, field), [SETTLED])


@pytest.mark.parametrize(
    "document",
    [
        deployment(),
        manifest("Service", spec={"ports": [{"port": 80, "protocol": "TCP", "name": ""}]}),
        manifest("Service", spec={"ports": "odd"}),
        manifest("CloneSet", api="apps.kruise.io/v1alpha1", spec={"template": {"spec": {"containers": [CONTAINER]}}}),
        manifest("Service", api="serving.knative.dev/v1", spec={"ports": [EMPTY]}),
    ],
)
def test_other_objects_stay_as_they_are(document: Any) -> None:
    assert without_empty_keys(document) is document


def test_kubernetes_has_no_other_keys_that_may_be_empty() -> None:
    """From its schemas. A key that is not required has a default; that of a name is an empty text."""
    folder = kubernetes_kinds._folders()[0]
    definitions = kubernetes_kinds._definitions(folder)
    optional = {
        (name.rpartition(".")[2], field, key)
        for name, definition in definitions.items()
        for field, schema in definition.get("properties", {}).items()
        for key in schema.get("x-kubernetes-list-map-keys", ())
        if key not in definitions[schema["items"]["$ref"].rpartition("/")[2]].get("required", ())
    }
    assert {found for found in optional if not found[0].endswith("Status") and found[2] != "name"} == {
        ("Container", "ports", KEY),
        ("EphemeralContainer", "ports", KEY),
        ("ServiceSpec", "ports", KEY),
    }
