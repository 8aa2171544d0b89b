"""What a member allocated or chose stays."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.interpreter.registry import retain
from reconciler.interpreter.rules import MalformedObjectError
from tests.support.managed_fields import entry, fields
from tests.support.managed_fields import live as with_owners
from tests.unit.interpreter.manifests import deployment, job, manifest, pod

LABEL = {"resourcetemplate.karmada.io/retain-replicas": "true"}


def test_an_unknown_kind_retains_nothing() -> None:
    desired = manifest("networking.k8s.io/v1", "Ingress", spec={})
    assert retain(desired, manifest("networking.k8s.io/v1", "Ingress", spec={"rules": []})) is desired


def test_deployment_keeps_the_count_on_request() -> None:
    live = deployment(replicas=8)
    assert retain(deployment(replicas=3), live)["spec"]["replicas"] == 3
    desired = manifest("apps/v1", "Deployment", metadata={"labels": LABEL}, spec={"replicas": 3})
    assert retain(desired, live)["spec"]["replicas"] == 8
    with pytest.raises(MalformedObjectError):
        retain(desired, deployment())


def test_service_keeps_what_was_allocated() -> None:
    allocated = {"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1"], "healthCheckNodePort": 31000}
    retained = retain(manifest("v1", "Service", spec={"ports": []}), manifest("v1", "Service", spec=allocated))
    assert retained["spec"] == {"ports": [], "clusterIP": "10.0.0.1", "healthCheckNodePort": 31000}


@pytest.mark.parametrize("live", [{}, {"clusterIP": ""}, {"healthCheckNodePort": 0}])
def test_service_without_allocations(live: dict[str, Any]) -> None:
    desired = manifest("v1", "Service", spec={"ports": []})
    assert retain(desired, manifest("v1", "Service", spec=live)) is desired


@pytest.mark.parametrize(
    ("kind", "live"),
    [
        ("Service", {"spec": {"healthCheckNodePort": "1"}}),
        ("Service", {"spec": {"clusterIP": None}}),
        ("Service", {"spec": "odd"}),
        ("PersistentVolumeClaim", {"spec": {"volumeName": 5}}),
        ("PersistentVolume", {"spec": []}),
        ("ServiceAccount", {"secrets": None}),
        ("Pod", {"spec": {"containers": {}}}),
    ],
)
def test_a_live_object_of_odd_types_is_an_error(kind: str, live: dict[str, Any]) -> None:
    with pytest.raises(MalformedObjectError):
        retain(manifest("v1", kind, spec={}), manifest("v1", kind, **live))


def test_service_account_unites_its_lists_by_name() -> None:
    desired = manifest("v1", "ServiceAccount", secrets=[{"name": "a", "namespace": "x"}])
    live = manifest("v1", "ServiceAccount", secrets=[{"name": "a"}, {"name": "b"}])
    retained = retain(desired, live)
    assert retained["secrets"] == [{"name": "a", "namespace": "x"}, {"name": "b"}]
    assert retained["imagePullSecrets"] is None


def test_volumes_and_claims_stay_bound() -> None:
    claim = retain(manifest("v1", "PersistentVolumeClaim"), manifest("v1", "PersistentVolumeClaim", spec={"volumeName": "v"}))
    assert claim["spec"] == {"volumeName": "v"}
    volume = retain(manifest("v1", "PersistentVolume"), manifest("v1", "PersistentVolume", spec={"claimRef": {"uid": "u"}}))
    assert volume["spec"] == {"claimRef": {"uid": "u"}}


@pytest.mark.parametrize(
    ("kind", "desired", "live"),
    [
        ("Service", {"clusterIP": "None"}, {"clusterIP": "10.0.0.1"}),
        ("Service", {"ports": []}, {"clusterIP": "None"}),
        ("PersistentVolumeClaim", {"volumeName": "a"}, {"volumeName": "b"}),
        ("PersistentVolume", {"claimRef": {"namespace": "shop", "name": "a"}}, {"claimRef": {"namespace": "shop", "name": "b"}}),
    ],
)
def test_what_git_chooses_is_not_dropped(kind: str, desired: dict[str, Any], live: dict[str, Any]) -> None:
    """Karmada keeps the live value, and says nothing."""
    template, there = manifest("v1", kind, spec=desired), manifest("v1", kind, spec=live)
    assert retain(template, there) is template
    assert retain(template, there, karmada_exact=True)["spec"] == {**desired, **live}


@pytest.mark.parametrize(
    ("kind", "desired", "live"),
    [
        ("PersistentVolumeClaim", {"volumeName": ""}, {"volumeName": "v"}),
        ("PersistentVolume", {"claimRef": {"name": "a"}}, {"claimRef": {"name": "a", "uid": "u"}}),
    ],
)
def test_what_the_member_completes_stays(kind: str, desired: dict[str, Any], live: dict[str, Any]) -> None:
    assert retain(manifest("v1", kind, spec=desired), manifest("v1", kind, spec=live))["spec"] == live


def test_job_keeps_its_generated_labels() -> None:
    generated = {"controller-uid": "1", "batch.kubernetes.io/job-name": "web"}
    live = job(selector={"matchLabels": {"controller-uid": "1"}}, template={"metadata": {"labels": {**generated, "app": "old"}}})
    desired = job(template={"metadata": {"labels": {"app": "web"}}, "spec": {}})
    assert retain(desired, live)["spec"] == {
        "selector": {"matchLabels": {"controller-uid": "1"}},
        "template": {"metadata": {"labels": {**generated, "app": "web"}}, "spec": {}},
    }
    assert retain(desired, job(template={"metadata": {"labels": {"app": "old"}}})) is desired


def test_job_keeps_all_labels_as_karmada_does() -> None:
    live = job(selector={"matchLabels": {"u": "1"}}, template={"metadata": {"labels": {"u": "1"}}})
    desired = job(template={"metadata": {"labels": {"app": "web"}}, "spec": {}})
    assert retain(desired, live, karmada_exact=True)["spec"] == {
        "selector": {"matchLabels": {"u": "1"}},
        "template": {"metadata": {"labels": {"u": "1"}}, "spec": {}},
    }
    with pytest.raises(MalformedObjectError):
        retain(job(template=None), live, karmada_exact=True)


@pytest.mark.parametrize(("kept", "expected"), [("kubernetes.io/service-account-token", {"t": "eA=="}), ("Opaque", {})])
def test_secret_keeps_the_data_of_a_token(kept: str, expected: dict[str, str]) -> None:
    live = manifest("v1", "Secret", type=kept, data={"t": "eA=="})
    assert retain(manifest("v1", "Secret", type=kept, data={}), live)["data"] == expected


MOUNTED = {"name": "v", "mountPath": "v"}
TOKEN = {"name": "token", "mountPath": "/token"}


def test_pod_keeps_what_the_member_added() -> None:
    desired = pod(
        containers=[{"name": "a", "image": "a:2", "volumeMounts": [MOUNTED]}, {"name": "new"}],
        volumes=[{"name": "v", "emptyDir": {"medium": "Memory"}}],
    )
    live = pod(
        containers=[{"name": "a", "image": "a:1", "resources": {}, "volumeMounts": [TOKEN, {**MOUNTED, "readOnly": True}]}],
        volumes=[{"name": "token", "projected": {}}, {"name": "v", "emptyDir": {}}],
        nodeName="node-1",
        serviceAccountName="default",
    )
    assert retain(desired, live) == pod(
        containers=[{"name": "a", "image": "a:2", "volumeMounts": [MOUNTED, TOKEN]}, {"name": "new"}],
        volumes=[{"name": "v", "emptyDir": {"medium": "Memory"}}, {"name": "token", "projected": {}}],
        nodeName="node-1",
        serviceAccountName="default",
    )


def test_pod_does_not_keep_what_we_applied_and_git_removed() -> None:
    """The server then says that this cannot change; silently keeping the volume would hide it."""
    live = pod(containers=[{"name": "a", "volumeMounts": [MOUNTED, TOKEN]}], volumes=[{"name": "v"}, {"name": "token"}])
    owned = fields(
        'spec/volumes/k:{"name":"v"}/name', 'spec/containers/k:{"name":"a"}/volumeMounts/k:{"mountPath":"v"}/mountPath'
    )
    retained = retain(pod(containers=[{"name": "a"}]), with_owners(live, entry(owned)))
    assert retained["spec"] == {"containers": [{"name": "a", "volumeMounts": [TOKEN]}], "volumes": [{"name": "token"}]}


@pytest.mark.parametrize("live", [pod(containers=[{"name": "a"}]), pod(containers=[])])
def test_pod_of_a_folder_stays_as_git_has_it(live: dict[str, Any]) -> None:
    """No `status: {}`, no `resources: {}`: what was written would never be what is wanted."""
    desired = pod(containers=[{"name": "a", "image": "a:1", "args": []}])
    assert retain(desired, live) == desired


def test_service_account_gives_up_what_we_applied_ourselves() -> None:
    live = manifest("v1", "ServiceAccount", secrets=[{"name": "ours"}, {"name": "theirs"}], imagePullSecrets=[{"name": "ours"}])
    owners = entry(fields('secrets/k:{"name":"ours"}/name', "imagePullSecrets"))
    retained = retain(manifest("v1", "ServiceAccount"), with_owners(live, owners))
    assert (retained["secrets"], retained["imagePullSecrets"]) == ([{"name": "theirs"}], None)
    shared = entry(fields("imagePullSecrets"), "openshift", "Update")
    assert retain(manifest("v1", "ServiceAccount"), with_owners(live, owners, shared))["imagePullSecrets"] == [{"name": "ours"}]


def test_pod_comes_out_as_its_type_writes_it_in_karmada() -> None:
    container = {
        "name": "a",
        "env": [{"name": "E", "value": ""}],
        "resources": {"limits": {"cpu": "1000m"}},
        "livenessProbe": {"grpc": {"port": 80.0}, "periodSeconds": 0, "terminationGracePeriodSeconds": 0},
        "unknown": 1,
    }
    desired = pod(containers=[container], nodeName="fixed", hostNetwork=False, shareProcessNamespace=False)
    live = pod(
        containers=[{"name": "a", "volumeMounts": [{"name": "v", "mountPath": "/v", "readOnly": False}]}],
        volumes=[{"name": "v", "emptyDir": {}}, {"name": "p", "projected": {}}],
        serviceAccountName="default",
    )
    assert retain(desired, live, karmada_exact=True) == manifest(
        "v1",
        "Pod",
        spec={
            "containers": [
                {
                    "name": "a",
                    "env": [{"name": "E"}],
                    "resources": {"limits": {"cpu": "1"}},
                    "livenessProbe": {"grpc": {"port": 80, "service": None}, "terminationGracePeriodSeconds": 0},
                    "volumeMounts": [{"name": "v", "mountPath": "/v"}],
                }
            ],
            "serviceAccountName": "default",
            "shareProcessNamespace": False,
            "volumes": [{"name": "v", "emptyDir": {}}, {"name": "p", "projected": {"sources": None}}],
        },
        status={},
    )


def test_pod_without_spec() -> None:
    assert retain(manifest("v1", "Pod"), manifest("v1", "Pod"))["spec"] == {}
    assert retain(manifest("v1", "Pod"), manifest("v1", "Pod"), karmada_exact=True)["spec"] == {"containers": None}
