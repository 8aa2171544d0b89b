"""What an object refers to."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.interpreter.registry import dependencies_of
from reconciler.interpreter.rules import MalformedObjectError
from tests.unit.interpreter.manifests import deployment, job, manifest, pod


def _names(found: Any) -> list[str]:
    return [f"{each['kind']}/{each['name']}" for each in found]


@pytest.mark.parametrize(
    ("spec", "names"),
    [
        ({"serviceAccountName": "bot", "serviceAccount": "other"}, ["ServiceAccount/bot"]),
        ({"serviceAccountName": "default"}, []),
        ({"imagePullSecrets": [{"name": "a"}, {"name": ""}, None]}, ["Secret/a"]),
        ({"containers": [{"envFrom": [{"configMapRef": {"name": "a", "optional": True}}, {"secretRef": {}}]}]}, ["ConfigMap/a"]),
        ({"ephemeralContainers": [{"env": [{"valueFrom": {"secretKeyRef": {"name": "a"}}}, {"value": "b"}]}]}, ["Secret/a"]),
        (
            {"volumes": [{"projected": {"sources": [{"secret": {"name": "b"}}, {"configMap": {"name": "a"}}]}}]},
            ["ConfigMap/a", "Secret/b"],
        ),
        ({"volumes": [{"csi": {"nodePublishSecretRef": {"name": "a"}}}, {"secret": {"secretName": "a"}}]}, ["Secret/a"]),
        ({"volumes": [{"secret": {"secretName": "b"}, "azureFile": {"secretName": "a"}}]}, ["Secret/a"]),
        (
            {"volumes": [{"persistentVolumeClaim": {"claimName": "a"}}, {"ephemeral": {"volumeClaimTemplate": {}}}]},
            ["PersistentVolumeClaim/a"],
        ),
    ],
)
def test_a_pod(spec: dict[str, Any], names: list[str]) -> None:
    assert _names(dependencies_of(pod(**spec))) == names
    assert _names(dependencies_of(deployment(template={"spec": spec}))) == names
    cron_job = manifest("batch/v1", "CronJob", spec={"jobTemplate": {"spec": {"template": {"spec": spec}}}})
    assert _names(dependencies_of(cron_job)) == names


def test_references_carry_the_namespace_if_there_is_one() -> None:
    spec = {"template": {"spec": {"serviceAccountName": "bot"}}}
    reference = {"apiVersion": "v1", "kind": "ServiceAccount", "name": "bot"}
    assert dependencies_of(job(**spec)) == (reference,)
    assert dependencies_of(manifest("batch/v1", "Job", metadata={"namespace": "a"}, spec=spec)) == (
        {**reference, "namespace": "a"},
    )


def test_a_stateful_set_makes_its_own_claims() -> None:
    volumes = [{"persistentVolumeClaim": {"claimName": name}} for name in ("data", "shared")]
    templates = [{"metadata": {"name": "data"}}]
    spec = {"template": {"spec": {"volumes": volumes}}, "volumeClaimTemplates": templates}
    assert _names(dependencies_of(manifest("apps/v1", "StatefulSet", spec=spec))) == ["PersistentVolumeClaim/shared"]


def test_an_ingress_refers_to_its_certificates() -> None:
    tls = [{"secretName": "b"}, {"secretName": "a"}, {"secretName": "b"}]
    assert _names(dependencies_of(manifest("networking.k8s.io/v1", "Ingress", spec={"tls": tls}))) == [
        "Secret/a",
        "Secret/b",
        "Secret/b",
    ]
    with pytest.raises(MalformedObjectError):
        dependencies_of(manifest("networking.k8s.io/v1", "Ingress", spec={"tls": [{"hosts": ["a"]}]}))


def test_a_service_import_is_followed_by_what_is_derived_from_it() -> None:
    slices, service = dependencies_of(manifest("multicluster.x-k8s.io/v1alpha1", "ServiceImport"))
    assert slices["labelSelector"] == {"matchLabels": {"kubernetes.io/service-name": service["name"]}}
    assert service["name"] == "derived-web"


def test_other_kinds_and_odd_objects() -> None:
    assert dependencies_of(manifest("v1", "ConfigMap")) == ()
    with pytest.raises(MalformedObjectError):
        dependencies_of(deployment(template=[]))
