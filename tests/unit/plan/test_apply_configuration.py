"""The configuration that we apply to an object on an API server."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.interpreter.precedence import interpreter_of
from reconciler.model.customization import Customization, DeclaredScript, Operation
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import with_value
from reconciler.model.ownership import applied_digest, is_ours
from reconciler.plan.apply_configuration import apply_configuration
from reconciler.plan.drift import drifted_fields
from reconciler.plan.whole_object import expected
from tests.support.builders import config, deployment, manifest, ours, rendered

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
    return document.get("spec", {}).get("replicas")


@pytest.mark.parametrize(
    ("live", "autoscaled", "expected"),
    [
        (None, False, 2),
        (None, True, 2),
        (live_with(6, "reconciler"), False, 2),
        (live_with(6, "reconciler"), True, 6),
        (live_with(6, "reconciler", "kube-controller-manager"), True, None),
        (live_with(6, "kube-controller-manager"), True, None),
        (live_with(2, "kube-controller-manager"), True, None),
        (live_with(2, "reconciler"), True, 2),
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


@pytest.mark.parametrize(
    ("managers", "autoscaled", "expected"),
    [
        (["reconciler"], True, 6),
        (["reconciler", "kube-controller-manager"], True, None),
        (["kube-controller-manager"], True, None),
        (["reconciler"], False, None),
    ],
)
def test_a_number_that_git_leaves_to_an_autoscaler(managers: list[str], autoscaled: bool, expected: int | None) -> None:
    """Only we own it, so leaving it out would reset it to 1 before the autoscaler acts. Without an autoscaler, Git decides."""
    live = live_with(6, *managers)
    assert replicas(apply_configuration(deployment(replicas=None), live, autoscaled=autoscaled)) == expected


def live_service(**spec: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {"f:spec": {"f:ports": {'k:{"port":80,"protocol":"TCP"}': {".": {}, "f:port": {}}}}}
    live = manifest("Service", spec=spec)
    live["metadata"]["managedFields"] = [{"manager": "reconciler", "operation": "Apply", "fieldsV1": fields}]
    return live


def test_built_in_retention_leaves_out_what_the_server_allocated() -> None:
    live = live_service(
        ports=[{"port": 80, "protocol": "TCP", "nodePort": 31000}], clusterIP="10.0.0.1", healthCheckNodePort=32000
    )
    template = manifest("Service", spec={"ports": [{"port": 80}]})
    assert apply_configuration(template, live, autoscaled=False) == template


def test_a_declared_rule_is_asked() -> None:
    script = "function Retain(desired, observed) desired.data.size = observed.data.size return desired end"
    target = GroupVersionKind("", "v1", "ConfigMap")
    customization = Customization("keep", target, {Operation.RETENTION: DeclaredScript(script)})
    live = config(data={"size": "7", "image": "x"})
    fields: dict[str, Any] = {"f:data": {"f:image": {}}}
    other: dict[str, Any] = {"f:data": {"f:size": {}}}
    live["metadata"]["managedFields"] = [
        {"manager": "reconciler", "operation": "Apply", "fieldsV1": fields},
        {"manager": "scaler", "operation": "Update", "fieldsV1": other},
    ]
    desired = config(data={"size": "1", "image": "x"})
    configuration = apply_configuration(desired, live, autoscaled=False, interpreter=interpreter_of((customization,)))
    assert configuration == config(data={"image": "x"})
    assert drifted_fields(configuration, live) == ""


@pytest.mark.parametrize("body", ["desired.metadata = observed.metadata", "desired = observed"])
def test_a_rule_that_copies_the_metadata_copies_no_old_marks(body: str) -> None:
    """With the digest of the former manifest, the object would be written by every pass."""
    script = f"function Retain(desired, observed) {body} return desired end"
    customization = Customization("keep", GroupVersionKind("", "v1", "ConfigMap"), {Operation.RETENTION: DeclaredScript(script)})
    rules = interpreter_of((customization,))
    desired = rendered(config(data={"a": "2"}, labels={"team": "web"})).manifest
    live = with_value(ours(config(data={"a": "1"})), ("metadata", "uid"), "u")
    for written in (
        apply_configuration(desired, live, autoscaled=False, interpreter=rules),
        expected(desired, live, rules),
    ):
        assert applied_digest(written) == applied_digest(desired) != applied_digest(live)
        assert is_ours(written, "reconciler")


@pytest.mark.parametrize("live", [None, manifest("ClusterRole", rules=[{"verbs": ["get"]}])])
def test_what_controllers_fill_is_not_applied(live: Any) -> None:
    role = manifest("ClusterRole", api="rbac.authorization.k8s.io/v1", aggregationRule={}, rules=[])
    configuration = apply_configuration(role, live, autoscaled=False)
    assert configuration == manifest("ClusterRole", api="rbac.authorization.k8s.io/v1", aggregationRule={})


def test_an_empty_key_is_not_applied() -> None:
    service = manifest("Service", spec={"ports": [{"port": 80, "protocol": ""}]})
    assert apply_configuration(service, None, autoscaled=False)["spec"] == {"ports": [{"port": 80}]}


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
