"""Which files belong to a Chart or Kustomize, and when the template of it changes."""

from __future__ import annotations

import base64

import pytest

from reconciler.load.kustomization import folders_of
from reconciler.model.desired import DesiredState, ResourceTemplate
from reconciler.model.expansion import Source
from reconciler.model.issues import errors_in
from reconciler.model.keys import ResourceKey
from reconciler.model.tree import TreeEntry
from reconciler.pipeline.compiler import Compiler
from tests.support.expanding import chart_object
from tests.support.in_memory_fleet import Files, committed, load
from tests.support.shop import config_file

CHART: dict[str, str] = {
    "charts/app/Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.0.0\n",
    "charts/app/templates/a.yaml": "a: {{ .Values.a }}\n",
    "charts/app/files/logo.txt": "logo\n",
    "charts/other/Chart.yaml": "apiVersion: v2\nname: other\nversion: 1.0.0\n",
    "app.yaml": chart_object("app"),
}
KUSTOMIZE = (
    "apiVersion: reconciler.dev/v1alpha1\nkind: Kustomize\nmetadata: {name: web, namespace: shop}\nspec: {path: apps/prod}\n"
)
OVERLAYS: dict[str, str] = {
    "apps/base/kustomization.yaml": "resources: [web.yaml]\n",
    "apps/base/web.yaml": config_file("web"),
    "apps/prod/kustomization.yaml": "resources: [../base]\ncomponents: [../../parts/c]\n",
    "apps/test/kustomization.yaml": "resources: [../base]\n",
    "parts/c/kustomization.yaml": "kind: Component\n",
    "web.yaml": KUSTOMIZE,
}


def template(desired: DesiredState, kind: str = "Chart", name: str = "app") -> ResourceTemplate:
    return desired.templates_by_key[ResourceKey("reconciler.dev", kind, "shop", name)]


def source(desired: DesiredState, kind: str = "Chart", name: str = "app") -> Source:
    return desired.sources[template(desired, kind, name).manifest["spec"]["sourceDigest"]]


def test_a_chart_has_all_files_of_its_folder() -> None:
    found = source(load(CHART))
    assert [entry.path for entry in found.files] == ["Chart.yaml", "files/logo.txt", "templates/a.yaml"]
    assert found.at == "charts/app"


def test_a_kustomization_has_those_of_its_bases_and_components_too() -> None:
    found = source(load(OVERLAYS), "Kustomize", "web")
    assert [entry.path for entry in found.files] == [
        "apps/base/kustomization.yaml",
        "apps/base/web.yaml",
        "apps/prod/kustomization.yaml",
        "parts/c/kustomization.yaml",
    ]


@pytest.mark.parametrize("path", ["charts/app/Chart.yaml", "charts/app/templates/a.yaml", "charts/app/files/logo.txt"])
def test_a_change_of_any_of_its_files_is_a_change_of_the_template(path: str) -> None:
    compiler = Compiler()
    before, after = load(CHART, compiler), load({**CHART, path: CHART[path] + "# x\n"}, compiler)
    assert template(before).manifest != template(after).manifest


@pytest.mark.parametrize("path", ["charts/other/Chart.yaml", "elsewhere.yaml", "charts/application/a.txt"])
def test_a_change_elsewhere_leaves_the_very_same_template(path: str) -> None:
    compiler = Compiler()
    before, after = load(CHART, compiler), load({**CHART, path: "# x\n"}, compiler)
    assert template(before) is template(after)
    assert source(before) is source(after)


def test_nobody_can_write_the_digest_of_a_source() -> None:
    desired = load({**CHART, "app.yaml": chart_object("app", more="  sourceDigest: sha256:1\n")})
    assert [issue.reason for issue in errors_in(desired.issues)] == ["UnknownField"]


@pytest.mark.parametrize(
    ("files", "line"),
    [
        ({"app.yaml": chart_object("app", path="charts/none")}, "app.yaml:5"),
        ({"web.yaml": KUSTOMIZE}, "web.yaml:4"),
    ],
)
def test_a_folder_that_is_not_there_is_an_error_at_the_path(files: Files, line: str) -> None:
    desired = load(files)
    (issue,) = errors_in(desired.issues)
    assert (issue.reason, str(issue.origin)) == ("SourceMissing", line)
    assert desired.templates == ()
    assert desired.broken_files == frozenset(files)


def test_replicas_must_be_stated_where_they_are_to_be_divided() -> None:
    desired = load({**CHART, "app.yaml": chart_object("app", more="  replicas: {path: /count}\n")})
    assert [issue.reason for issue in errors_in(desired.issues)] == ["InvalidReplicas"]


def test_a_path_leads_out_of_the_repository_in_no_spelling() -> None:
    for path in ("../x", "charts/../../x", "charts/..", "/etc"):
        desired = load({**CHART, "app.yaml": chart_object("app", path=path)})
        assert errors_in(desired.issues), path


def test_folders_that_are_named_are_no_warnings_and_not_hidden() -> None:
    desired = load(OVERLAYS)
    assert [(issue.reason, issue.origin.file) for issue in desired.issues] == [
        ("KustomizeFolder", "apps/test/kustomization.yaml"),
    ]
    assert desired.hidden == {"apps/test"}


def test_a_kustomization_at_the_top_is_told_unless_it_is_named_itself() -> None:
    files = {**OVERLAYS, "kustomization.yaml": "resources: []\n"}
    assert "kustomization.yaml" in [issue.origin.file for issue in load(files).issues]
    named = {**files, "web.yaml": KUSTOMIZE.replace("apps/prod", ".")}
    assert "kustomization.yaml" not in [issue.origin.file for issue in load(named).issues]


def test_a_link_in_a_chart_is_told_to_who_renders_it() -> None:
    tree, blobs = committed(CHART)
    desired = Compiler().load({**tree, "charts/app/README.md": TreeEntry("0" * 40, 0o120000)}, blobs)
    assert source(desired).links == ("README.md",)
    assert "README.md" not in [entry.path for entry in source(desired).files]


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("ConfigMap", "data: {values.yaml: 'a: 1'}"),
        ("Secret", "stringData: {values.yaml: 'a: 1'}"),
        ("Secret", "data: {values.yaml: B64}"),
    ],
)
def test_values_are_taken_from_objects_of_the_same_namespace(kind: str, data: str) -> None:
    encoded = base64.b64encode(b"a: 1").decode()
    text = f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: v, namespace: shop}}\n{data.replace('B64', encoded)}\n"
    chart = chart_object("app", more=f"  valuesFrom: [{{kind: {kind}, name: v}}]\n")
    desired = load({**CHART, "app.yaml": chart, "v.yaml": text})
    assert list(desired.value_texts.values()) == ["a: 1"]
    elsewhere = load({**CHART, "app.yaml": chart, "v.yaml": text.replace("namespace: shop", "namespace: x")})
    assert list(elsewhere.value_texts.values()) == [""] or elsewhere.value_texts == {}
    changed = load({**CHART, "app.yaml": chart, "v.yaml": text.replace("a: 1", "a: 2").replace(encoded, "Yg==")})
    assert template(changed).manifest != template(desired).manifest


def test_a_circle_of_kustomizations_ends() -> None:
    contents = {
        "a/kustomization.yaml": b"resources: [../b]\n",
        "b/kustomization.yaml": b"resources: [../a, ../../out, https://x/y]\n",
    }
    assert folders_of(["a"], contents) == {"a", "b"}
    assert folders_of([""], contents) == {""}
