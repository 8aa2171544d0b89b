"""What a Karmada API server holds becomes the files of a repository, and remarks about the rest."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.load.unread_kinds import UNREAD_KINDS
from reconciler.migrate.karmada.control_plane import ControlPlane
from reconciler.migrate.karmada.plan_import import KarmadaImport, is_kept, paths_of, plan_import
from reconciler.model.keys import GroupVersionKind, ResourceKey
from tests.support.karmada import binding, claimed
from tests.unit.load.test_karmada_kinds import KINDS, UNREAD

UID = "93e00dd2-577a-43e9-99f6-085d5e798ee8"
POLICY = "policy.karmada.io/v1alpha1"


def stored(kind: str, name: str, namespace: str = "shop", *, api: str = "v1", **parts: Any) -> dict[str, Any]:
    """As an API server stores it."""
    meta = {
        "name": name,
        **({"namespace": namespace} if namespace else {}),
        "uid": UID,
        "resourceVersion": "7",
        "generation": 2,
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "managedFields": [{"manager": "kubectl"}],
        **parts.pop("metadata", {}),
    }
    return {"apiVersion": api, "kind": kind, "metadata": meta, **parts}


def selecting(*kinds: tuple[str, str], name: str = "all", **spec: Any) -> dict[str, Any]:
    selectors = [{"apiVersion": api, "kind": kind, "namespace": "shop"} for api, kind in kinds]
    return stored(
        "PropagationPolicy", name, api=POLICY, spec={"resourceSelectors": selectors, "placement": {}, "priority": 0, **spec}
    )


def imported(*objects: Any) -> KarmadaImport:
    return plan_import(ControlPlane(tuple(objects)))


def files(*objects: Any) -> dict[str, Any]:
    return {file.path: yaml.safe_load(file.text) for file in imported(*objects).imported.files}


def test_a_template_is_cleaned_and_keeps_its_uid() -> None:
    web = stored(
        "Deployment",
        "web",
        api="apps/v1",
        metadata={
            "labels": {"app": "web", "resourcetemplate.karmada.io/retain-replicas": "true"},
            "annotations": {
                "deployment.kubernetes.io/revision": "3",
                "kubectl.kubernetes.io/last-applied-configuration": "{}",
                "team": "shop",
                "work.karmada.io/conflict-resolution": "overwrite",
            },
        },
        spec={
            "replicas": 4,
            "revisionHistoryLimit": 10,
            "selector": {"matchLabels": {"app": "web"}},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {
                    "containers": [{"name": "web", "image": "nginx", "imagePullPolicy": "Always"}],
                    "restartPolicy": "Always",
                },
            },
        },
        status={"replicas": 4},
    )
    assert files(claimed(web, "all"))["shop/deployment-web.yaml"] == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "web",
            "namespace": "shop",
            "uid": UID,
            "labels": {"app": "web", "resourcetemplate.karmada.io/retain-replicas": "true"},
            "annotations": {"team": "shop", "work.karmada.io/conflict-resolution": "overwrite"},
        },
        "spec": {
            "replicas": 4,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": "nginx"}]},
            },
        },
    }


def test_a_policy_has_no_defaults_and_no_marks() -> None:
    policy = selecting(
        ("v1", "ConfigMap"), preemption="Never", schedulerName="default-scheduler", conflictResolution="Abort", propagateDeps=True
    )
    policy["metadata"]["labels"] = {"propagationpolicy.karmada.io/permanent-id": "1", "team": "a"}
    policy["metadata"]["finalizers"] = ["karmada.io/propagation-policy-controller"]
    assert files(policy)["shop/propagationpolicy-all.yaml"] == {
        "apiVersion": POLICY,
        "kind": "PropagationPolicy",
        "metadata": {"name": "all", "namespace": "shop", "labels": {"team": "a"}},
        "spec": {"resourceSelectors": [{"apiVersion": "v1", "kind": "ConfigMap"}], "propagateDeps": True},
    }


def test_a_cluster_comes_without_its_connection_and_health() -> None:
    spec = {
        "syncMode": "Push",
        "id": "x",
        "apiEndpoint": "https://10.0.0.1",
        "secretRef": {"namespace": "karmada-cluster", "name": "m1"},
        "region": "north",
        "proxyURL": "http://user:secret@proxy",
        "taints": [
            {"key": "cluster.karmada.io/not-ready", "effect": "NoSchedule"},
            {"key": "cluster.karmada.io/unschedulable", "effect": "NoSchedule"},
        ],
    }
    member = stored("Cluster", "m1", "", api="cluster.karmada.io/v1alpha1", spec=spec, metadata={"labels": {"env": "prod"}})
    found = imported(member)
    (file,) = found.imported.files
    assert (file.path, "secret" in file.text) == ("clusters/m1.yaml", False)
    assert yaml.safe_load(file.text)["spec"] == {
        "syncMode": "Push",
        "region": "north",
        "taints": [{"key": "cluster.karmada.io/unschedulable", "effect": "NoSchedule"}],
    }
    assert any("join" in one.remedy for one in found.imported.remarks)
    assert any("proxy with a credential" in one.what for one in found.imported.remarks)
    pulled = imported({**member, "spec": {"syncMode": "Pull"}})
    assert any("register" in one.remedy for one in pulled.imported.remarks)


def test_what_servers_and_controllers_make_is_no_template() -> None:
    kinds = [("v1", kind) for kind in ("ConfigMap", "ServiceAccount", "Secret", "Service")]
    owned = {"ownerReferences": [{"kind": "X", "name": "x", "controller": True}]}
    made = [
        stored("ConfigMap", "kube-root-ca.crt"),
        stored("ConfigMap", "owned", metadata=owned),
        stored("ConfigMap", "system", "kube-system"),
        stored("ConfigMap", "own", metadata={"labels": {"karmada.io/system": "true"}}),
        stored("ServiceAccount", "default"),
        stored("Secret", "default-token", type="kubernetes.io/service-account-token"),
        stored("Service", "derived-web"),
        stored("ServiceImport", "web", api="multicluster.x-k8s.io/v1alpha1"),
        stored("Namespace", "default", ""),
        stored("Namespace", "karmada-es-m1", ""),
        stored("Namespace", "kube-system", ""),
    ]
    found = imported(selecting(*kinds), *made)
    assert [file.path for file in found.imported.files] == ["shop/propagationpolicy-all.yaml"]
    assert not any("Secret" in one.subject for one in found.imported.remarks)


def test_what_a_controller_keeps_in_karmada_is_told_where_members_have_it() -> None:
    owned = {"ownerReferences": [{"kind": "ExternalSecret", "name": "x", "controller": True}]}
    settings = stored("ConfigMap", "settings", metadata=owned)
    found = imported(selecting(("v1", "ConfigMap")), settings, binding(settings, "all", {"m1": 0}))
    assert "shop/configmap-settings.yaml" not in found.keys
    (remark,) = found.imported.remarks
    assert (remark.subject, "has an owner" in remark.what) == ("ConfigMap shop/settings", True)


def test_what_no_policy_selects_is_told_and_stays() -> None:
    found = imported(stored("ConfigMap", "a"), stored("ConfigMap", "b"), stored("Namespace", "shop", ""))
    assert [file.path for file in found.imported.files] == ["shop/namespace.yaml"]
    (remark,) = found.imported.remarks
    assert (remark.subject, remark.what) == ("ConfigMap", "2 objects that no policy selects: shop/a, shop/b")


def test_a_template_is_known_by_its_binding_alone() -> None:
    """What follows a workload (propagateDeps) has no policy."""
    settings = stored("ConfigMap", "settings")
    found = imported(settings, binding(settings, "none", {}))
    assert "shop/configmap-settings.yaml" in found.keys


def test_a_service_of_a_multi_cluster_service_is_a_template_without_the_claim() -> None:
    marks = {
        "labels": {"resourcetemplate.karmada.io/claimed-by": "MultiClusterService"},
        "annotations": {"multiclusterservice.karmada.io/name": "web", "multiclusterservice.karmada.io/namespace": "shop"},
    }
    service = stored("Service", "web", metadata=marks)
    document = files(service, binding(service, "", {"m1": 0}))["shop/service-web.yaml"]
    assert {*document["metadata"]} == {"name", "namespace", "uid"}


def test_the_labels_of_an_older_karmada_are_a_claim() -> None:
    labels = {"propagationpolicy.karmada.io/name": "all", "propagationpolicy.karmada.io/namespace": "shop", "app": "web"}
    document = files(stored("ConfigMap", "c", metadata={"labels": labels}))["shop/configmap-c.yaml"]
    assert document["metadata"]["labels"] == {"app": "web"}


def test_a_secret_is_refused_and_its_values_are_nowhere() -> None:
    token = stored("Secret", "token", data={"key": "c2VjcmV0"})
    found = imported(selecting(("v1", "Secret")), token)
    assert "c2VjcmV0" not in repr(found)
    (remark,) = [one for one in found.imported.remarks if one.subject == "Secret shop/token"]
    assert ("--secrets sops" in remark.remedy, "not imported" in remark.consequence) == (True, True)


def test_a_secret_that_the_repository_has_encrypted_is_no_remark() -> None:
    control = ControlPlane((selecting(("v1", "Secret")), stored("Secret", "token")))
    assert plan_import(control).imported.remarks != ()
    assert plan_import(control, declared=[ResourceKey("", "Secret", "shop", "token")]).imported.remarks == ()


@pytest.mark.parametrize(("api_version", "kind", "becomes"), [(*key, becomes) for key, becomes in KINDS.items()])
def test_every_kind_of_karmada_is_kept_or_told(api_version: str, kind: str, becomes: str) -> None:
    gvk = GroupVersionKind.parse(api_version, kind)
    assert is_kept(gvk) == (becomes != UNREAD) or gvk.group == "multicluster.x-k8s.io"
    told = imported(stored(kind, "one", api=api_version)).imported.remarks
    if becomes == UNREAD and "Binding" not in kind:
        assert any(UNREAD_KINDS[gvk.group, kind].why in one.what for one in told)


def test_a_kind_that_cannot_be_listed_is_told_with_what_follows() -> None:
    gvk = GroupVersionKind.parse("work.karmada.io/v1alpha2", "ResourceBinding")
    (remark,) = plan_import(ControlPlane((), {gvk: "Karmada: list resourcebindings: forbidden."})).imported.remarks
    assert "may be placed otherwise" in remark.consequence
    assert "get, list" in remark.remedy


def test_decisions_that_are_under_way_are_told() -> None:
    web = stored("Deployment", "web", api="apps/v1")
    moving = binding(web, "all", {"m1": 1}, gracefulEvictionTasks=[{"fromCluster": "m2"}], suspension={"scheduling": True})
    nowhere = binding(web, "all", {}, placement={"clusterAffinity": {}})
    told = " ".join(one.what for one in imported(web, moving, nowhere).imported.remarks)
    assert all(word in told for word in ("is leaving m2", "waits for a queue", "is on no cluster"))


def test_two_kinds_of_one_name_have_two_files() -> None:
    keys = [ResourceKey("", "Service", "shop", "web"), ResourceKey("serving.knative.dev", "Service", "shop", "web")]
    assert sorted(paths_of(keys).values()) == ["shop/service-web.yaml", "shop/service.serving.knative.dev-web.yaml"]


def test_members_and_what_has_no_namespace_share_no_folder_with_a_namespace() -> None:
    cluster = ResourceKey("cluster.karmada.io", "Cluster", "", "configmap-x")
    inside, itself = ResourceKey("", "ConfigMap", "clusters", "x"), ResourceKey("", "Namespace", "", "clusters")
    assert list(paths_of([cluster, inside, itself]).values()) == [
        "clusters.namespace/configmap-x.yaml",
        "clusters.namespace/namespace.yaml",
        "clusters/configmap-x.yaml",
    ]


@pytest.mark.parametrize("kind", ["Secret", "ClusterPropagationPolicy"])
def test_a_long_name_has_a_file(kind: str) -> None:
    """File systems allow 255 bytes, and objects 253 characters."""
    names = [path.partition("/")[2] for path in paths_of(ResourceKey("", kind, "", end.rjust(253, "n")) for end in "ab").values()]
    assert len({*names}) == 2
    assert all(len(name) <= 255 for name in names)


NAMES = st.text("abz09.-", min_size=1, max_size=8)
KEYS = st.builds(ResourceKey, st.sampled_from(["", "apps", "x.io", "y.io"]), st.sampled_from(["Kind", "Namespace"]), NAMES, NAMES)


@given(st.sets(KEYS, max_size=8))
def test_each_object_has_a_path_of_its_own_below_the_top(keys: set[ResourceKey]) -> None:
    paths = paths_of(keys)
    assert len({*paths.values()}) == len(keys)
    assert not any(part.startswith(".") for path in paths.values() for part in path.split("/"))
