"""HelmRelease and Kustomization as Charts and Kustomizes, and what is said about the rest of them."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.load import flux
from reconciler.load.not_expanded import Note
from reconciler.load.translation import Where, this_repository
from reconciler.model.manifest import Manifest, mapping
from reconciler.model.source_lock import SourceKind, WantedSource

OWN = "https://git.example.com/shop/deploy.git"
DECLARED: dict[tuple[str, str], dict[str, Any]] = {
    ("HelmRepository", "charts"): {"url": "https://charts.example.com/"},
    ("HelmRepository", "registry"): {"type": "oci", "url": "oci://registry.example.com/charts"},
    ("OCIRepository", "podinfo"): {"url": "oci://registry.example.com/podinfo", "ref": {"semver": "^6.5", "tag": "latest"}},
    ("OCIRepository", "newest"): {"url": "oci://registry.example.com/podinfo"},
    ("GitRepository", "own"): {"url": "ssh://git@git.example.com/shop/deploy", "ref": {"branch": "main"}},
    ("GitRepository", "other"): {"url": "https://git.example.com/other.git", "ref": {"tag": "v1", "branch": "main"}},
    ("GitRepository", "plain"): {"url": "https://git.example.com/other.git"},
}


def find(kind: str, namespace: str, name: str) -> Manifest | Note:
    spec = DECLARED.get((kind, name)) if namespace == "flux-system" else None
    if spec is None:
        return Note((), f"names {kind} {namespace}/{name}, which is not declared", "Declare it.")
    return {"kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec}


def release(**spec: Any) -> Manifest:
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": "app", "namespace": "flux-system"},
        "spec": spec,
    }


def kustomization(**spec: Any) -> Manifest:
    return {**release(**spec), "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization"}


def chart(kind: str, name: str, folder: str = "app", **more: Any) -> dict[str, Any]:
    return {"chart": {"spec": {"chart": folder, "sourceRef": {"kind": kind, "name": name}, **more}}}


def git(version: str) -> WantedSource:
    return WantedSource(SourceKind.GIT, "https://git.example.com/other.git", "", version)


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        ({"values": {"a": {"b": 1}}}, {"releaseName": "app", "values": {"a": {"b": 1}}}),
        ({"releaseName": "web", "targetNamespace": "shop"}, {"releaseName": "web"}),
        ({"targetNamespace": "shop"}, {"releaseName": "shop-app"}),
        ({"install": {"crds": "Skip"}}, {"releaseName": "app", "skipCrds": True}),
        ({"install": {"skipCRDs": True}}, {"releaseName": "app", "skipCrds": True}),
        ({"install": {"crds": "CreateReplace"}}, {"releaseName": "app"}),
        (
            {"valuesFrom": [{"kind": "Secret", "name": "s", "valuesKey": "k", "targetPath": "a.b", "optional": True}]},
            {
                "releaseName": "app",
                "valuesFrom": [{"kind": "Secret", "name": "s", "key": "k", "targetPath": "a.b", "optional": True}],
            },
        ),
        (
            chart("HelmRepository", "charts", valuesFiles=["values.yaml", "prod.yaml"]),
            {"releaseName": "app", "valuesFiles": ["values.yaml", "prod.yaml"]},
        ),
        (
            chart("GitRepository", "own", "./charts/app", valuesFiles=["./charts/app/values.yaml", "charts/app/prod.yaml"]),
            {"releaseName": "app", "valuesFiles": ["values.yaml", "prod.yaml"]},
        ),
        ({"commonMetadata": {"labels": {"a": "b"}}}, {"releaseName": "app", "commonMetadata": {"labels": {"a": "b"}}}),
        (
            {
                "postRenderers": [
                    {"kustomize": {"patches": [{"patch": "p", "path": "x"}], "images": [{"name": "a"}]}},
                    {"kustomize": {}},
                ]
            },
            {"releaseName": "app", "postRenderers": [{"patches": [{"patch": "p"}], "images": [{"name": "a"}]}]},
        ),
    ],
)
def test_a_helm_release_as_a_chart(spec: dict[str, Any], wanted: dict[str, Any]) -> None:
    found = flux.chart_of(release(**spec))
    assert found["kind"] == "Chart"
    assert mapping(found, "spec") == wanted
    assert mapping(found, "metadata") == {"name": "app", "namespace": spec.get("targetNamespace", "flux-system")}


def test_a_long_name_of_a_release_is_shortened_as_flux_does_it() -> None:
    name = str(flux.chart_of(release(targetNamespace="n" * 40, releaseName=""))["spec"]["releaseName"])
    assert name == f"{'n' * 40}-app"
    name = str(flux.chart_of(release(targetNamespace="n" * 60))["spec"]["releaseName"])
    assert (len(name), name[:41]) == (53, f"{'n' * 40}-")


@pytest.mark.parametrize(
    ("spec", "where"),
    [
        (
            chart("HelmRepository", "charts"),
            Where("", WantedSource(SourceKind.HELM, "https://charts.example.com", "app", "*"), True),
        ),
        (
            chart("HelmRepository", "charts", version="^1.2"),
            Where("", WantedSource(SourceKind.HELM, "https://charts.example.com", "app", "^1.2"), True),
        ),
        (
            chart("HelmRepository", "registry", version="1.2.3"),
            Where("", WantedSource(SourceKind.OCI, "oci://registry.example.com/charts/app", "", "1.2.3"), True),
        ),
        (
            {"chartRef": {"kind": "OCIRepository", "name": "podinfo"}},
            Where("", WantedSource(SourceKind.OCI, "oci://registry.example.com/podinfo", "", "^6.5"), True),
        ),
        (
            {"chartRef": {"kind": "OCIRepository", "name": "newest"}},
            Where("", WantedSource(SourceKind.OCI, "oci://registry.example.com/podinfo", "", "tag:latest"), True),
        ),
        (chart("GitRepository", "own", "./charts/app"), Where("charts/app", None, True)),
        (chart("GitRepository", "other", "charts/app"), Where("charts/app", git("tag:v1"), True)),
    ],
)
def test_where_the_chart_of_a_helm_release_is(spec: dict[str, Any], where: Where) -> None:
    assert flux.locate_release(release(**spec), find, this_repository(OWN)) == where


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            chart("HelmRepository", "gone"),
            "spec.chart.spec.sourceRef names HelmRepository flux-system/gone, which is not declared",
        ),
        (chart("Bucket", "b"), "spec.chart.spec.sourceRef names a Bucket, and none is read here"),
        (
            {"chartRef": {"kind": "HelmChart", "name": "c"}},
            "spec.chartRef names a HelmChart, and only an OCIRepository is read here",
        ),
        ({}, "spec.chart.spec.sourceRef names no kind, and none is read here"),
        (chart("GitRepository", "own", "../x"), "../x leads out of its source"),
    ],
)
def test_a_helm_release_without_a_chart(spec: dict[str, Any], message: str) -> None:
    found = flux.locate_release(release(**spec), find, this_repository(OWN))
    assert isinstance(found, Note)
    assert found.message == message


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        ({}, {"path": "apps/prod"}),
        ({"targetNamespace": "shop"}, {"path": "apps/prod", "namespace": "shop"}),
        ({"components": ["../../parts/c"]}, {"path": "apps/prod", "components": ["parts/c"]}),
        (
            {"namePrefix": "a-", "nameSuffix": "-z", "images": [{"name": "x", "newTag": "1"}], "patches": [{"patch": "p"}]},
            {
                "path": "apps/prod",
                "namePrefix": "a-",
                "nameSuffix": "-z",
                "images": [{"name": "x", "newTag": "1"}],
                "patches": [{"patch": "p"}],
            },
        ),
        ({"postBuild": {"substitute": {"a": "b"}}}, {"path": "apps/prod", "postBuild": {"substitute": {"a": "b"}}}),
    ],
)
def test_a_kustomization_as_a_kustomize(spec: dict[str, Any], wanted: dict[str, Any]) -> None:
    found = flux.kustomize_of(kustomization(**spec), "apps/prod")
    assert (found["kind"], found["spec"]) == ("Kustomize", {"plain": "deep", **wanted})
    assert found["metadata"]["namespace"] == spec.get("targetNamespace", "default")


@pytest.mark.parametrize(
    ("source", "where"),
    [
        ({"kind": "GitRepository", "name": "own"}, Where("apps", None, False)),
        ({"kind": "GitRepository", "name": "other"}, Where("apps", git("tag:v1"), False)),
        ({"kind": "GitRepository", "name": "plain"}, Where("apps", git("branch:master"), False)),
        (
            {"kind": "OCIRepository", "name": "podinfo"},
            Where("apps", WantedSource(SourceKind.OCI, "oci://registry.example.com/podinfo", "", "^6.5"), False),
        ),
    ],
)
def test_where_the_files_of_a_kustomization_are(source: dict[str, str], where: Where) -> None:
    assert flux.locate_kustomization(kustomization(sourceRef=source, path="./apps/"), find, this_repository(OWN)) == where


def test_dependencies_are_those_of_flux() -> None:
    found = flux.dependencies(release(dependsOn=[{"name": "db"}, {"name": "x", "namespace": "y"}]))
    assert found == [
        "helm.toolkit.fluxcd.io/namespaces/flux-system/HelmRelease/db",
        "helm.toolkit.fluxcd.io/namespaces/y/HelmRelease/x",
    ]
