"""The configuration that we apply to an object on an API server."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.plan.apply_configuration import apply_configuration
from reconciler.plan.drift import drifted_fields
from tests.support.builders import config, deployment, manifest

RETAIN = {"resourcetemplate.karmada.io/retain-replicas": "true"}


def live_with(replicas: int | None, *managers: str) -> dict[str, Any]:
    """A live Deployment. managers: the owners of its number of replicas."""
    document = deployment(replicas=replicas)
    document["metadata"]["managedFields"] = [
        {"manager": name, "operation": "Apply" if name == "reconciler" else "Update", "fieldsV1": {"f:spec": {"f:replicas": {}}}}
        for name in managers
    ]
    return document


def replicas(document: Any) -> Any:
    return document["spec"].get("replicas")


@pytest.mark.parametrize(
    ("live", "autoscaled", "expected"),
    [
        (None, False, 2),
        (None, True, 2),
        (live_with(6, "reconciler"), False, 2),
        (live_with(6, "reconciler"), True, 6),
        (live_with(6, "reconciler", "kube-controller-manager"), True, None),
        (live_with(6, "kube-controller-manager"), True, None),
        (live_with(6), True, 6),
        (live_with(None), True, None),
        (live_with(0, "reconciler"), True, 0),
    ],
)
def test_replicas_under_an_autoscaler(live: Any, autoscaled: bool, expected: int | None) -> None:
    """The live number until another manager owns the field, then none: our own number is never applied, and never reset."""
    assert replicas(apply_configuration(deployment(replicas=2), live, autoscaled=autoscaled)) == expected


def test_karmadas_label_counts_as_an_autoscaler() -> None:
    template = deployment(replicas=2, labels=RETAIN)
    assert replicas(apply_configuration(template, live_with(6, "reconciler"), autoscaled=False)) == 6
    assert replicas(apply_configuration(template, live_with(6, "kubectl"), autoscaled=False)) is None
    disabled = deployment(replicas=2, labels={next(iter(RETAIN)): "false"})
    assert replicas(apply_configuration(disabled, live_with(6), autoscaled=False)) == 2


def test_what_states_no_number_never_does() -> None:
    assert replicas(apply_configuration(deployment(replicas=None), live_with(6, "reconciler"), autoscaled=True)) is None


def test_nulls_status_and_what_servers_write_are_not_stated() -> None:
    document = deployment(replicas=2) | {"status": {"replicas": 2}}
    document["metadata"] |= {"creationTimestamp": None, "resourceVersion": "7", "uid": "u", "managedFields": [], "generation": 3}
    document["spec"]["paused"] = None
    assert apply_configuration(document, None, autoscaled=False) == deployment(replicas=2)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"data": {"a": "Yg=="}}, {"data": {"a": "Yg=="}}),
        ({"stringData": {"a": "b"}}, {"data": {"a": "Yg=="}}),
        ({"data": {"a": "old", "c": "ZA=="}, "stringData": {"a": "b"}}, {"data": {"a": "Yg==", "c": "ZA=="}}),
        ({"stringData": {"a": "ö"}}, {"data": {"a": "w7Y="}}),
        ({"data": {"a": "YW\nJj\r\nZA==\n"}}, {"data": {"a": "YWJjZA=="}}),
        ({"stringData": {}}, {}),
        ({}, {}),
    ],
)
def test_a_secret_as_the_server_keeps_it(fields: Any, expected: Any) -> None:
    document = apply_configuration(manifest("Secret", **fields), None, autoscaled=False)
    assert {name: value for name, value in document.items() if name in ("data", "stringData")} == expected


def test_another_kinds_string_data_is_its_own() -> None:
    document = manifest("Vault", api="example.com/v1", stringData={"a": "b"})
    assert apply_configuration(document, None, autoscaled=False) == document


def test_what_changed_is_told_with_who_did_it() -> None:
    live = config(data={"a": "9", "b": "2"})
    live["metadata"]["managedFields"] = [
        {"manager": "reconciler", "operation": "Apply", "fieldsV1": {"f:data": {"f:b": {}}}},
        {"manager": "kubectl-edit", "operation": "Update", "fieldsV1": {"f:data": {"f:a": {}}}},
    ]
    assert drifted_fields(config(data={"a": "1", "b": "2"}), live) == "data.a (by kubectl-edit)"
    assert drifted_fields(config(data={"b": "2"}), live) == ""
    many = config(data=dict.fromkeys("acdefg", "1"))
    assert drifted_fields(many, live) == "data.a (by kubectl-edit), data.c, data.d and 4 more"
