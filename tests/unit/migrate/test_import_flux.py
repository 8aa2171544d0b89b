"""From objects of Flux to files: HelmReleases, Kustomizations, what they refer to, and what builds others."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.documents.reader import read_stream
from reconciler.documents.writer import dump
from reconciler.migrate.declared import RepositoryFiles, declared_in
from reconciler.migrate.flux.importer import import_flux
from reconciler.migrate.gitops import GitOpsImport, GitOpsRequest
from tests.support.fleet import document

OWN = "https://git.example.com/shop/deploy.git"
SOURCES, RELEASE, KUSTOMIZATION = "source.toolkit.fluxcd.io/v1", "helm.toolkit.fluxcd.io/v2", "kustomize.toolkit.fluxcd.io/v1"
SYSTEM = "flux-system"


def written(kind: str, name: str, api: str, spec: dict[str, Any], namespace: str = SYSTEM) -> str:
    return dump({"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec})


OWN_SOURCE = written("GitRepository", SYSTEM, SOURCES, {"url": OWN, "ref": {"branch": "main"}, "secretRef": {"name": "key"}})
CHARTS = written("HelmRepository", "charts", SOURCES, {"url": "https://charts.example.com"})
SOURCE_FILES = {"flux/own.yaml": OWN_SOURCE, "flux/charts.yaml": CHARTS}


def release(name: str, cluster: str = "", values: Any = None, **spec: Any) -> str:
    chart = {"spec": {"chart": "web", "version": "1.2.3", "sourceRef": {"kind": "HelmRepository", "name": "charts"}}}
    where = {"kubeConfig": {"secretRef": {"name": f"{cluster}-kubeconfig"}}} if cluster else {}
    stated = {"interval": "5m", "chart": chart, "targetNamespace": "shop", "releaseName": "web", **where, **spec}
    return written("HelmRelease", name, RELEASE, {**stated, **({"values": values} if values else {})})


def kustomization(name: str, path: str, cluster: str = "", **spec: Any) -> str:
    where = {"kubeConfig": {"secretRef": {"name": f"{cluster}-kubeconfig"}}} if cluster else {}
    reference = {"kind": "GitRepository", "name": SYSTEM}
    stated = {"interval": "5m", "path": path, "prune": True, "sourceRef": reference, **where, **spec}
    return written("Kustomization", name, KUSTOMIZATION, stated)


FILES = {
    "web/kustomization.yaml": "resources: [config.yaml]\n",
    "web/config.yaml": document("ConfigMap", "color"),
    "plain/deep/config.yaml": document("ConfigMap", "plain"),
}


def imported(files: dict[str, str], **request: Any) -> GitOpsImport:
    contents = {path: text.encode() for path, text in {**FILES, **SOURCE_FILES, **files}.items()}
    found = [one for path in sorted(contents) for one in declared_in(path, contents[path])]
    return import_flux(found, GitOpsRequest(RepositoryFiles(frozenset(contents), contents), repositories=(OWN,), **request))


def documents(result: GitOpsImport, path: str) -> dict[str, Any]:
    """By kind."""
    text = {one.path: one.text for one in result.imported.files}[path]
    return {one.value["kind"]: one.value for one in read_stream(text)[0]}


def said(result: GitOpsImport) -> set[tuple[str, str]]:
    return {(one.subject, one.what) for one in result.imported.remarks if "address" not in one.what}


def test_one_release_for_each_cluster_is_one_chart() -> None:
    files = {
        f"r/{name}.yaml": release(f"web-{name}", name, {"replicas": count}) for name, count in (("eu", 2), ("us", 2), ("ap", 3))
    }
    result = imported(files)
    found = documents(result, "imported/shop/web.yaml")
    assert found["Chart"]["spec"] == {
        "chart": {"repository": "https://charts.example.com", "name": "web", "version": "1.2.3"},
        "values": {"replicas": 2},
    }
    assert found["PropagationPolicy"]["spec"]["placement"] == {"clusterAffinity": {"clusterNames": ["ap", "eu", "us"]}}
    (rule,) = found["OverridePolicy"]["spec"]["overrideRules"]
    assert rule["targetCluster"] == {"clusterNames": ["ap"]}
    assert [one.path for one in result.imported.files if one.path.startswith("clusters")] == [
        f"clusters/{name}.yaml" for name in ("ap", "eu", "us")
    ]
    assert result.needs.exclude == ("flux/charts.yaml", "flux/own.yaml", "r/ap.yaml", "r/eu.yaml", "r/us.yaml")
    assert said(result) == {("GitRepository flux-system/flux-system", "it names a Secret")}


def test_a_folder_for_each_cluster_with_its_own_flux() -> None:
    files = {f"clusters/{name}/web.yaml": kustomization("web", "./web") for name in ("eu", "us")}
    result = imported(files, clusters={"eu": "clusters/eu", "us": "./clusters/us/".removeprefix("./")})
    found = documents(result, "imported/default/web.yaml")
    assert found["Kustomize"]["spec"] == {"path": "web"}
    assert found["PropagationPolicy"]["spec"]["placement"] == {"clusterAffinity": {"clusterNames": ["eu", "us"]}}


def test_order_pruning_suspension_and_namespaces() -> None:
    files = {
        "r/web.yaml": release("web", "eu", suspend=True, install={"createNamespace": True}, dependsOn=[{"name": "db"}]),
        "r/db.yaml": release("db", "eu", targetNamespace="data", releaseName="db"),
        "r/plain.yaml": kustomization("plain", "./plain", "eu", prune=False, dependsOn=[{"name": "elsewhere"}]),
    }
    result = imported(files)
    web = documents(result, "imported/shop/web.yaml")
    assert web["Chart"]["metadata"]["annotations"] == {"reconciler.dev/depends-on": "Chart.reconciler.dev/data/db"}
    assert web["PropagationPolicy"]["spec"]["suspension"] == {"dispatching": True}
    plain = documents(result, "imported/shop/plain.yaml")["PropagationPolicy"]["spec"]
    assert plain["preserveResourcesOnDeletion"] is True
    assert plain["resourceSelectors"] == [{"apiVersion": "v1", "kind": "ConfigMap", "name": "plain"}]
    assert documents(result, "imported/namespaces.yaml")["Namespace"]["metadata"] == {
        "name": "shop",
        "annotations": {"reconciler.dev/apply": "CreateOnly"},
    }
    what = "it depends on Kustomization flux-system/elsewhere, which is no template"
    assert ("Kustomization flux-system/plain", what) in said(result)


IMAGES = [{"name": "a", "newTag": "b"}]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (release("one", "eu", postRenderers=[{"kustomize": {"images": IMAGES}}]), "changes of what helm renders"),
        (release("one", "eu", valuesFrom=[{"kind": "ConfigMap", "name": "a"}]), "values from another namespace"),
        (kustomization("one", "./web", "eu", targetNamespace="x"), "a namespace for all objects"),
        (kustomization("one", "./web", "eu", postBuild={"substitute": {"a": "b"}}), "variables"),
        (kustomization("one", "./plain", "eu", namePrefix="a-"), "changes of a folder without a kustomization"),
    ],
)  # fmt: skip
def test_what_a_chart_or_kustomize_cannot_say_stays_what_it_is(text: str, reason: str) -> None:
    result = imported({"r/one.yaml": text})
    (remark,) = [one for one in result.imported.remarks if "cannot say" in one.what]
    assert reason in remark.what
    (kind,) = result.needs.expand
    kept = documents(result, "imported/flux-system/one.yaml")[kind]
    assert "kubeConfig" not in kept["spec"]
    sources = documents(result, "imported/sources.yaml")
    assert "secretRef" not in repr(sources)
    assert result.needs.repository == (OWN if kind == "Kustomization" else "")


def test_what_a_kustomization_builds_is_not_imported_twice() -> None:
    files = {
        "clusters/eu/flux-system/gotk-sync.yaml": kustomization(SYSTEM, "./clusters/eu"),
        "clusters/eu/apps.yaml": kustomization("apps", "./apps/eu"),
        "apps/eu/kustomization.yaml": "resources: [../base]\n",
        "apps/base/kustomization.yaml": "resources: [release.yaml]\n",
        "apps/base/release.yaml": release("inner"),
        "apps/base/charts.yaml": CHARTS.replace("charts\n", "inner\n"),
        "clusters/eu/flux-system/kustomization.yaml": "resources: [gotk-sync.yaml, gotk-components.yaml]\n",
        "clusters/eu/flux-system/gotk-components.yaml": document(
            "Namespace", SYSTEM, "", labels={"app.kubernetes.io/part-of": "flux"}
        ),
    }
    result = imported(files, own_cluster="eu")
    assert [one.path for one in result.imported.files if one.path.startswith("imported")] == [
        "imported/flux-system/apps.yaml",
        "imported/sources.yaml",
    ]
    assert result.needs.expand == ("HelmRelease", "Kustomization")
    assert result.needs.exclude == ("clusters/eu/apps.yaml", "clusters/eu/flux-system", *sorted(SOURCE_FILES))
    assert ("Kustomization flux-system/flux-system", "it reads objects of Flux") in said(result)


def test_what_differs_in_its_files_has_the_name_of_its_cluster() -> None:
    files = {f"clusters/{name}/web.yaml": kustomization("web", path) for name, path in (("eu", "./web"), ("us", "./other"))}
    files["other/kustomization.yaml"] = "resources: [../web]\n"
    result = imported(files, clusters={"eu": "clusters/eu", "us": "clusters/us"})
    assert [one.path for one in result.imported.files if one.path.startswith("imported")] == [
        "imported/default/web-eu.yaml",
        "imported/default/web-us.yaml",
    ]


def test_a_kustomization_that_hands_out_objects_to_clusters_is_none_itself() -> None:
    files = {
        "k/hub.yaml": kustomization("hub", "./out"),
        "out/eu.yaml": release("web", "eu"),
        "out/us.yaml": release("web-us", "us"),
    }
    result = imported(files)
    assert documents(result, "imported/shop/web.yaml")["PropagationPolicy"]["spec"]["placement"] == {
        "clusterAffinity": {"clusterNames": ["eu", "us"]}
    }
    assert result.needs.expand == ()


def test_what_has_no_counterpart_is_said() -> None:
    files = {
        "r/web.yaml": release("web", "eu", driftDetection={"mode": "enabled"}, upgrade={"remediation": {"retries": 3}}),
        "r/lost.yaml": release(
            "lost", "eu", chart={"spec": {"chart": "a", "sourceRef": {"kind": "HelmRepository", "name": "none"}}}
        ),
        "r/bucket.yaml": written("Bucket", "files", SOURCES, {"endpoint": "minio"}),
        "r/alert.yaml": written("Alert", "all", "notification.toolkit.fluxcd.io/v1beta3", {}),
        "r/gone.yaml": kustomization("gone", "./nowhere", "eu"),
    }
    found = said(imported(files))
    whats = {subject.partition(" ")[2]: what for subject, what in found}
    assert "no effect here" in whats["flux-system/web"]
    assert "which is not among the objects" in whats["flux-system/lost"]
    assert whats["flux-system/files"] == "buckets are not read"
    assert whats["flux-system/all"] == "Alert is not read"
    assert "which has none" in whats["flux-system/gone"]


def test_what_the_folder_of_a_cluster_has_beside_objects_of_flux_is_told() -> None:
    root = written("Kustomization", SYSTEM, KUSTOMIZATION, {"path": "c/eu", "prune": True, "sourceRef": GIT})
    files = {
        "c/eu/flux.yaml": root,
        "c/eu/web.yaml": kustomization("web", "web"),
        "c/eu/quota.yaml": document("ConfigMap", "quota"),
    }
    result = imported(files)
    assert {what for _, what in said(result) if "too:" in what} == {"it deploys c/eu/quota.yaml, too: ConfigMap shop/quota"}


def test_secrets_that_are_called_alike_are_not_silently_one_cluster() -> None:
    """A name that says nothing stands for the cluster of its namespace; another one in two namespaces is told."""

    def remote(namespace: str, secret: str) -> str:
        spec = {
            "path": "plain",
            "prune": True,
            "sourceRef": {**GIT, "namespace": SYSTEM},
            "kubeConfig": {"secretRef": {"name": secret}},
        }
        return written("Kustomization", "plain", KUSTOMIZATION, spec, namespace)

    generic = imported({"a.yaml": remote("red", "kubeconfig"), "b.yaml": remote("blue", "kubeconfig")})
    assert [one.path for one in generic.imported.files if one.path.startswith("clusters/")] == [
        "clusters/blue.yaml",
        "clusters/red.yaml",
    ]
    alike = imported({"a.yaml": remote("red", "eu-kubeconfig"), "b.yaml": remote("blue", "eu-kubeconfig")})
    assert "blue/eu-kubeconfig, red/eu-kubeconfig are taken for one cluster, eu" in {what for _, what in said(alike)}


def test_of_two_with_one_name_the_one_that_does_not_count_is_told() -> None:
    other = written("HelmRepository", "charts", SOURCES, {"url": "https://mirror.example.com"})
    result = imported({"flux/other.yaml": other, "r/a.yaml": release("web", "eu"), "r/b.yaml": release("web", "eu", {"a": 1})})
    told = {what for _, what in said(result)}
    assert "flux/charts.yaml:1 declares another one with this name" in told
    assert "r/a.yaml:1 declares another one with this name for eu" in told


GIT = {"kind": "GitRepository", "name": SYSTEM}


def test_another_revision_of_this_repository_and_files_that_do_not_count_are_told() -> None:
    spec = {"url": OWN, "ref": {"branch": "production"}, "ignore": "/tests"}
    result = imported({"flux/prod.yaml": written("GitRepository", "prod", SOURCES, spec)})
    assert {what for subject, what in said(result) if subject == "GitRepository flux-system/prod"} == {
        "its ref is branch production",
        "spec.ignore says which files count",
    }
    assert not [what for subject, what in said(result) if subject == "GitRepository flux-system/flux-system" and "ref" in what]


def test_what_is_being_deleted_is_not_imported() -> None:
    leaving = release("web", "eu").replace("metadata:", "metadata:\n  deletionTimestamp: '2026-01-01T00:00:00Z'", 1)
    result = imported({"r/web.yaml": leaving})
    assert ("HelmRelease flux-system/web", "is being deleted") in said(result)
    assert [one.path for one in result.imported.files if one.path.startswith("imported/")] == []
