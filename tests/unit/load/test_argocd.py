"""An Application as a Chart or Kustomize."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.load import argocd
from reconciler.load.not_expanded import Note
from reconciler.load.translation import THIS_REPOSITORY, Beside, Where, this_repository
from reconciler.model.manifest import Manifest
from reconciler.model.source_lock import SourceKind, WantedSource

OWN = "https://git.example.com/shop/deploy.git"
OTHER = "https://git.example.com/other.git"


def application(source: dict[str, Any], *, namespace: str = "shop", **spec: Any) -> Manifest:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "app", "namespace": "argocd"},
        "spec": {"source": source, "destination": {"namespace": namespace}, **spec},
    }


@pytest.mark.parametrize(
    ("helm", "wanted"),
    [
        ({}, {"releaseName": "app"}),
        ({"releaseName": "web", "skipCrds": True}, {"releaseName": "web", "skipCrds": True}),
        ({"values": "a: {b: 1}\n"}, {"releaseName": "app", "values": {"a": {"b": 1}}}),
        ({"values": "a: 1\n", "valuesObject": {"c": 2}}, {"releaseName": "app", "values": {"c": 2}}),
        (
            {
                "valuesObject": {"a": {"b": 1, "keep": True}},
                "parameters": [
                    {"name": "a.b", "value": "2"},
                    {"name": "on", "value": "true"},
                    {"name": "tag", "value": "10", "forceString": True},
                    {"name": r"l.example\.com/x", "value": "y"},
                ],
            },
            {
                "releaseName": "app",
                "values": {"a": {"b": 2, "keep": True}, "on": True, "tag": "10", "l": {"example.com/x": "y"}},
            },
        ),
        ({"valueFiles": ["values-prod.yaml"]}, {"releaseName": "app", "valuesFiles": ["values-prod.yaml"]}),
    ],
)
def test_an_application_of_a_chart(helm: dict[str, Any], wanted: dict[str, Any]) -> None:
    found = argocd.chart_of(application({"repoURL": OWN, "path": "charts/app", "helm": helm}))
    assert (found["kind"], found["spec"]) == ("Chart", wanted)
    assert found["metadata"] == {"name": "app", "namespace": "shop"}


def test_an_application_of_a_kustomization() -> None:
    own = {
        "namePrefix": "a-",
        "images": ["nginx:1.2", "old=registry.example.com:5000/new:3", "x@sha256:abc"],
        "replicas": [{"name": "web", "count": "3"}],
        "patches": [{"patch": "p"}],
        "components": ["../c"],
    }
    found = argocd.kustomize_of(application({"repoURL": OWN, "path": "apps", "kustomize": own}), "apps")
    assert found["spec"] == {
        "path": "apps",
        "plain": "flat",
        "namePrefix": "a-",
        "patches": [{"patch": "p"}],
        "components": ["c"],
        "images": [
            {"name": "nginx", "newTag": "1.2"},
            {"name": "old", "newName": "registry.example.com:5000/new", "newTag": "3"},
            {"name": "x", "digest": "sha256:abc"},
        ],
        "replicas": [{"name": "web", "count": 3}],
    }


@pytest.mark.parametrize(
    ("source", "where"),
    [
        ({"repoURL": OWN, "path": "apps"}, Where("apps")),
        ({"repoURL": "git@git.example.com:shop/deploy", "path": ".", "targetRevision": "HEAD"}, Where("")),
        (
            {"repoURL": OTHER, "path": "apps", "targetRevision": "main"},
            Where("apps", WantedSource(SourceKind.GIT, OTHER, "", "branch:main")),
        ),
        (
            {"repoURL": OTHER, "path": "x", "targetRevision": "v1.2"},
            Where("x", WantedSource(SourceKind.GIT, OTHER, "", "tag:v1.2")),
        ),
        ({"repoURL": OTHER, "path": "x", "targetRevision": "1.*"}, Where("x", WantedSource(SourceKind.GIT, OTHER, "", "1.*"))),
        (
            {"repoURL": OTHER, "path": "x", "targetRevision": "a" * 40},
            Where("x", WantedSource(SourceKind.GIT, OTHER, "", f"commit:{'a' * 40}")),
        ),
        (
            {"repoURL": "https://charts.example.com/", "chart": "app", "targetRevision": "1.2.3"},
            Where("", WantedSource(SourceKind.HELM, "https://charts.example.com", "app", "1.2.3"), True),
        ),
        (
            {"repoURL": "registry.example.com/charts", "chart": "app", "targetRevision": "^1"},
            Where("", WantedSource(SourceKind.OCI, "oci://registry.example.com/charts/app", "", "^1"), True),
        ),
    ],
)
def test_where_its_files_are(source: dict[str, Any], where: Where) -> None:
    assert argocd.locate(application(source), this_repository(OWN)) == where


def test_an_annotation_says_that_a_url_is_that_of_this_repository() -> None:
    manifest = application({"repoURL": OTHER, "path": "apps"})
    manifest = {**manifest, "metadata": {"name": "app", "annotations": {THIS_REPOSITORY: "true"}}}
    assert argocd.locate(manifest, this_repository("")) == Where("apps")


def test_another_repository_needs_a_revision() -> None:
    assert isinstance(argocd.locate(application({"repoURL": OTHER, "path": "x"}), this_repository(OWN)), Note)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"plugin": {"name": "x"}}, "spec.source.plugin is not supported here"),
        ({"helm": {"fileParameters": [{"name": "a", "path": "b"}]}}, "spec.source.helm.fileParameters is not supported here"),
        (
            {"helm": {"valueFiles": ["$values/a.yaml"]}},
            "spec.source.helm.valueFiles[0] names $values, and no source has ref: values",
        ),
        (
            {"helm": {"valueFiles": ["a.yaml", "../a.yaml"]}},
            "spec.source.helm.valueFiles[1] is no file of the repository of its source",
        ),
        (
            {"helm": {"valueFiles": ["https://example.com/a.yaml"]}},
            "spec.source.helm.valueFiles[0] is no file of the repository of its source",
        ),
        (
            {"helm": {"parameters": [{"name": "a[0]", "value": "1"}]}},
            "spec.source.helm.parameters[0] has a name that is more than names with dots between them",
        ),
        ({"helm": {"values": "- a\n"}}, "spec.source.helm.values cannot be read as one mapping of YAML"),
    ],
)
def test_what_is_refused(source: dict[str, Any], message: str) -> None:
    assert [one.message for one in argocd.refused(application({"repoURL": OWN, **source}))] == [message]


def test_each_source_is_read_and_refs_are_those_of_files() -> None:
    """Files with values: of the chart, of its repository, and of another source."""
    files = ["values.yaml", "../common.yaml", "/top.yaml", "$envs/prod/values.yaml"]
    first = {"repoURL": OWN, "path": "charts/app", "helm": {"valueFiles": files}}
    second = {"repoURL": OTHER, "targetRevision": "main", "ref": "envs"}
    third = {"repoURL": "https://charts.example.com", "chart": "redis", "targetRevision": "1.2.3"}
    manifest = application({}, sources=[first, second, third])
    assert argocd.refused(manifest) == []
    assert argocd.rendered_sources(manifest) == [0, 2]
    there = WantedSource(SourceKind.GIT, OTHER, "", "branch:main")
    beside = (
        Beside("this-source", "charts/common.yaml", None, ("spec", "sources", 0, "repoURL")),
        Beside("this-source", "top.yaml", None, ("spec", "sources", 0, "repoURL")),
        Beside("envs", "prod/values.yaml", there, ("spec", "sources", 1, "repoURL")),
    )
    assert argocd.locate(manifest, this_repository(OWN), 0) == Where("charts/app", beside=beside)
    assert argocd.locate(manifest, this_repository(OWN), 2) == Where(
        "", WantedSource(SourceKind.HELM, "https://charts.example.com", "redis", "1.2.3"), True
    )
    stated = ["values.yaml", "$this-source/charts/common.yaml", "$this-source/top.yaml", "$envs/prod/values.yaml"]
    assert argocd.chart_of(manifest)["spec"]["valuesFiles"] == stated
    assert argocd.chart_of(manifest, 2)["spec"] == {"releaseName": "app"}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"repoURL": OTHER, "ref": "envs"}, "spec.sources names no chart and no folder: all of them have ref"),
        ({"repoURL": OTHER, "path": "x", "plugin": {"name": "x"}}, "spec.sources[0].plugin is not supported here"),
        ({"repoURL": OTHER, "chart": "x", "ref": "me", "helm": {"valueFiles": ["$me/a"]}}, "which is a chart"),
    ],
)
def test_what_is_refused_in_one_of_several(source: dict[str, Any], message: str) -> None:
    (found,) = argocd.refused(application({}, sources=[source]))
    assert message in found.message
