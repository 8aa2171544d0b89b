"""What no member is told, kind by kind."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.interpreter.registry import clean
from reconciler.interpreter.rules import MalformedObjectError
from tests.unit.interpreter.manifests import deployment, job, manifest

GENERATED = {"controller-uid": "u", "batch.kubernetes.io/controller-uid": "u"}
JOB_NAMES = {"job-name": "web", "batch.kubernetes.io/job-name": "web"}
TOKEN = "kubernetes.io/service-account-token"


@pytest.mark.parametrize(
    "template",
    [
        manifest("v1", "ConfigMap", data={"a": "b"}),
        deployment(replicas=2, template={"metadata": {"creationTimestamp": None}}),
        manifest("v1", "Service", spec={"clusterIP": "None", "clusterIPs": ["None"]}),
        manifest("v1", "Service", spec={"clusterIPs": ["10.0.0.1"]}),
        manifest("v1", "Service", spec={"ports": [{"port": 80, "nodePort": 31000}]}),
        manifest("v1", "Secret", type="Opaque", data={"a": "YQ=="}),
        manifest("v1", "ServiceAccount", secrets=[{"name": "other-token-a"}]),
        manifest("v1", "ServiceAccount", secrets="odd"),
        manifest("apps/v1", "StatefulSet", metadata={"annotations": {"deployment.kubernetes.io/revision": "3"}}),
        manifest("batch/v1", "CronJob", spec={"jobTemplate": {"spec": {"ttlSecondsAfterFinished": 1}}}),
        manifest("v1", "PersistentVolumeClaim", metadata={"annotations": {"volume.kubernetes.io/selected-node": ""}}),
        job(template={"metadata": {"labels": {"app": "web"}}}),
        {"kind": "ConfigMap", "metadata": None},
    ],
)
def test_nothing_to_remove_is_the_same_object(template: dict[str, Any]) -> None:
    assert clean(template) is template


def test_what_an_api_server_writes_goes_from_every_kind() -> None:
    written = dict.fromkeys(
        ("creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "managedFields"), 1
    ) | dict.fromkeys(("resourceVersion", "selfLink", "uid", "ownerReferences", "finalizers"), None)
    dirty = manifest("example.io/v1", "Foo", metadata={"generateName": "w", **written}, status="weird")
    assert clean(dirty) == manifest("example.io/v1", "Foo", metadata={"generateName": "w"})
    assert dirty["status"] == "weird"


@pytest.mark.parametrize("api_version", ["apps/v1", "example.io/v1"])
def test_deployment_loses_its_revision_in_any_group(api_version: str) -> None:
    notes = {"deployment.kubernetes.io/revision": "3", "deployment.kubernetes.io/revision-history": "1,2", "keep": "x"}
    cleaned = clean(manifest(api_version, "Deployment", metadata={"annotations": notes}))
    assert cleaned["metadata"]["annotations"] == {"keep": "x"}


@pytest.mark.parametrize("manual", [None, False])
def test_job_loses_generated_labels(manual: bool | None) -> None:
    labels = {"metadata": {"labels": GENERATED | JOB_NAMES | {"app": "web"}}}
    spec = {"selector": {"matchLabels": {**GENERATED}}, "template": labels, "ttlSecondsAfterFinished": 0}
    assert clean(job(manualSelector=manual, **spec))["spec"] == {
        "manualSelector": manual,
        "selector": {"matchLabels": {}},
        "template": {"metadata": {"labels": {"app": "web"}}},
    }


def test_job_with_a_selector_of_its_own_keeps_labels() -> None:
    spec = {"manualSelector": True, "selector": {"matchLabels": GENERATED}}
    assert clean(job(ttlSecondsAfterFinished=5, **spec)) == job(**spec)


@pytest.mark.parametrize(
    "spec",
    [
        {"parallelism": "two"},
        {"ttlSecondsAfterFinished": "soon"},
        {"selector": {"matchLabels": None}},
        {"selector": {"matchLabels": {"a": None}}},
    ],
)
def test_job_must_be_well_formed(spec: dict[str, Any]) -> None:
    with pytest.raises(MalformedObjectError):
        clean(job(**spec))


def test_token_secret_has_null_data() -> None:
    annotations = {"kubernetes.io/service-account.uid": "u", "kubernetes.io/service-account.name": "d"}
    cleaned = clean(manifest("v1", "Secret", metadata={"annotations": annotations}, type=TOKEN, data={"token": "eA=="}))
    assert cleaned["data"] is None
    assert list(cleaned["metadata"]["annotations"]) == ["kubernetes.io/service-account.name"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (["web-token-a", "mine"], ["mine"]),
        (["web-token-a", "web-token-b", "mine"], ["mine"]),
        (["mine", "web-token-1", "web-token-2", "web-token-3", "web-token-4"], ["mine", "web-token-4"]),
        (["web-token-a"], []),
    ],
)
def test_service_account_is_cleaned_twice(before: list[str], after: list[str]) -> None:
    cleaned = clean(manifest("v1", "ServiceAccount", secrets=[{"name": name} for name in before]))
    assert [entry["name"] for entry in cleaned["secrets"]] == after


@pytest.mark.parametrize("entry", ["text", {}, {"name": 5}, None])
def test_service_account_entry_without_name(entry: object) -> None:
    with pytest.raises(MalformedObjectError):
        clean(manifest("v1", "ServiceAccount", secrets=[entry]))


@pytest.mark.parametrize("address", ["10.0.0.1", ""])
def test_service_loses_its_address(address: str) -> None:
    cleaned = clean(manifest("v1", "Service", spec={"clusterIP": address, "clusterIPs": [address], "ports": []}))
    assert cleaned["spec"] == {"ports": []}


def test_claim_loses_its_node() -> None:
    annotations = {"volume.kubernetes.io/selected-node": "n1", "keep": "x"}
    cleaned = clean(manifest("v1", "PersistentVolumeClaim", metadata={"annotations": annotations}))
    assert cleaned["metadata"]["annotations"] == {"keep": "x"}
