"""Hidden files, folders of other tools, and kinds that the repository does not define."""

from __future__ import annotations

import pytest

from reconciler.load.layout import is_included
from reconciler.model.desired import DesiredState
from reconciler.model.issues import Severity
from reconciler.review.exclusions import suggested_exclusions
from tests.support.in_memory_fleet import Files, Playground, compile_files, load
from tests.support.shop import config_file, on, policy_file

KUSTOMIZATION = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [app.yaml]\n"
TEMPLATE = "apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Release.Name }}\n"
CHART = "apiVersion: v2\nname: app\nversion: 1.0.0\n"
NEWCOMER: Files = {
    "app/kustomization.yaml": "resources: [app.yaml]\n",
    "app/app.yaml": config_file("app"),
    "app/nested/kustomization.yml": KUSTOMIZATION,
    "overlay/kustomization.yaml": KUSTOMIZATION,
    "overlay/patch.yaml": "kind: [\n",
    "bare/Kustomization": "resources: []\n",
    "bare/x.yaml": config_file("bare"),
    "chart/Chart.yaml": CHART,
    "chart/values.yaml": "replicas: 1\n",
    "chart/templates/service.yaml": TEMPLATE,
    "chart/charts/inner/Chart.yaml": CHART,
    ".github/workflows/ci.yaml": "on: push\n",
    "sub/.vscode/settings.json": "{ // comment\n}",
    ".sops.yaml": "creation_rules: []\n",
    "plain/c.yaml": config_file("c"),
}


def told(desired: DesiredState) -> list[tuple[str, str, str]]:
    return [(issue.reason, issue.origin.file, issue.subject) for issue in desired.issues]


def test_each_folder_of_a_tool_is_told_once_and_its_files_are_not() -> None:
    desired = load(NEWCOMER)
    assert told(desired) == [
        ("KustomizeFolder", "app/kustomization.yaml", "app"),
        ("KustomizeFolder", "bare/Kustomization", "bare"),
        ("HelmChart", "chart/Chart.yaml", "chart"),
        ("KustomizeFolder", "overlay/kustomization.yaml", "overlay"),
    ]
    assert {issue.severity for issue in desired.issues} == {Severity.WARNING}
    assert "kind: Kustomize and spec: {path: app}" in desired.issues[0].remedy
    assert "kind: Chart and spec: {chart: {path: chart}}" in desired.issues[2].remedy
    assert [template.key.name for template in desired.templates] == ["c"]
    assert desired.hidden == {"app", "bare", "chart", "overlay"}


def test_at_the_top_a_tool_has_its_own_files_only() -> None:
    desired = load({"kustomization.yaml": KUSTOMIZATION, "c.yaml": config_file("c"), "values.yaml": "a: 1\n"})
    assert told(desired)[0] == ("KustomizeFolder", "kustomization.yaml", "the top of the repository")
    assert [issue.reason for issue in desired.issues[1:]] == ["NotAnObject"]
    desired = load(
        {"Chart.yaml": CHART, "templates/a.yaml": TEMPLATE, "values-eu.yaml": "a: 1\n", "deploy/c.yaml": config_file("c")}
    )
    assert told(desired) == [("HelmChart", "Chart.yaml", "the top of the repository")]
    assert [template.key.name for template in desired.templates] == ["c"]


def test_kinds_of_ours_are_read_below_a_root_too() -> None:
    files = {"app/kustomization.yaml": KUSTOMIZATION, "app/app.yaml": config_file("app")}
    desired = load({**files, "app/policy.yaml": policy_file("app", "ConfigMap", on("m1"))})
    assert [policy.ref.name for policy in desired.policies] == ["app"]
    assert not desired.templates
    assert suggested_exclusions(compile_files(files), desired.issues) == ["app"]


def test_an_object_that_only_has_the_name_of_a_marker_makes_no_root() -> None:
    flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: app, namespace: x}\n"
    desired = load({"app/kustomization.yaml": flux, "app/c.yaml": config_file("c")})
    assert [issue.reason for issue in desired.issues] == ["UnknownKind"]
    assert [template.key.name for template in desired.templates] == ["c"]


@pytest.mark.parametrize(
    ("exclude", "names"), [("app/kustomization.yaml", ["app"]), ("app", []), ("'**/*.yaml'", [])], ids=["file", "folder", "glob"]
)
def test_the_configuration_decides(exclude: str, names: list[str]) -> None:
    configuration = f"apiVersion: reconciler.dev/v1alpha1\nkind: Configuration\nspec: {{exclude: [{exclude}]}}\n"
    files = {"app/kustomization.yaml": KUSTOMIZATION, "app/app.yaml": config_file("app"), "reconciler.yml": configuration}
    desired = load(files)
    assert not desired.issues
    assert [template.key.name for template in desired.templates] == names


async def test_what_ran_stays_when_its_folder_becomes_one_of_a_tool() -> None:
    ground = Playground("m1")
    files = {"app/app.yaml": config_file("app"), "policies/app.yaml": policy_file("app", "ConfigMap", on("m1"))}
    await ground.sync(files)
    before = ground.holds()
    for _ in range(2):
        await ground.sync({**files, "app/kustomization.yaml": KUSTOMIZATION})
        assert (ground.holds(), ground.members["m1"].log) == (before, [])


@pytest.mark.parametrize(
    ("path", "include", "included"),
    [
        (".github/ci.yaml", "**", False),
        ("a/.b/c.yaml", "a/**", False),
        ("a/.c.yaml", "**", False),
        (".deploy/c.yaml", ".deploy", True),
        (".deploy/c.yaml", ".deploy/**", True),
        ("a/.b/c.yaml", "a/.*/**", True),
        ("a.b/c.yaml", "**", True),
        ("a/b..yaml", "**", True),
    ],
)
def test_only_a_glob_with_its_dot_includes_what_is_hidden(path: str, include: str, included: bool) -> None:
    assert is_included(path, (include,), ()) is included


def test_a_hidden_configuration_is_none() -> None:
    hidden = "apiVersion: reconciler.dev/v1alpha1\nkind: Configuration\nspec: {exclude: ['**']}\n"
    assert [template.key.name for template in load({".x/reconciler.yaml": hidden, "c.yaml": config_file("c")}).templates] == ["c"]


KINDS = """
apiVersion: reconciler.dev/v1alpha1
kind: Configuration
spec:
  kinds:
  - {apiVersion: cert-manager.io/v1, kind: Certificate, scope: Namespaced}
  - {apiVersion: cert-manager.io/v1, kind: ClusterIssuer, scope: Cluster}
"""
OPERATOR = """
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: web}
spec: {anything: 1}
---
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: ca}
"""


def test_a_stated_kind_needs_no_definition() -> None:
    without = load({"o.yaml": OPERATOR})
    assert [issue.reason for issue in without.issues] == ["UnknownKind", "UnknownKind"]
    assert "{apiVersion: cert-manager.io/v1, kind: Certificate, scope: Namespaced}" in without.issues[0].remedy
    desired = load({"o.yaml": OPERATOR, "reconciler.yaml": KINDS})
    assert not desired.issues
    assert [str(template.key) for template in desired.templates] == [
        "Certificate.cert-manager.io default/web",
        "ClusterIssuer.cert-manager.io ca",
    ]


def test_a_scope_has_two_values_and_must_be_stated() -> None:
    for scope in ("scope: Cluster2", "x: y"):
        desired = load({"reconciler.yaml": KINDS.replace("scope: Cluster", scope)})
        assert any(issue.severity is Severity.ERROR and issue.origin.line == 7 for issue in desired.issues), scope


def test_what_to_exclude_never_takes_a_manifest_along() -> None:
    files = {
        **NEWCOMER,
        "ci/a.yaml": "x: 1\n",
        "ci/deep/b.yaml": "- 1\n",
        "mixed/values.yaml": "x: 1\n",
        "mixed/c.yaml": config_file("mixed"),
        "typo/web.yaml": "apiVersion: apps/v1\nkind: Deploymnt\nmetadata: {name: web}\n",
        "typo/values.yaml": "x: 1\n",
    }
    compiled = compile_files(files)
    assert suggested_exclusions(compiled, compiled.issues) == [
        "app",
        "bare",
        "chart",
        "ci",
        "mixed/values.yaml",
        "overlay",
        "typo/values.yaml",
    ]
