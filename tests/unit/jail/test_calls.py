"""How helm and kustomize are called."""

from __future__ import annotations

from pathlib import Path

from reconciler.jail.helm import Release, helm_template
from reconciler.jail.kustomize import kustomize_build

HELM = Path("/usr/bin/helm")


def test_helm() -> None:
    release = Release("web", "apps", "1.33.0", ("apps/v1", "apps/v1/Deployment"))
    program, files = helm_template(
        HELM, release, {"Chart.yaml": b"x"}, values_files=("values-prod.yaml", "a,b.yaml"), values=("a: 1", "b: 2")
    )
    assert program.arguments == (
        "template",
        "--namespace=apps",
        "--values=source/values-prod.yaml",
        '--values="source/a,b.yaml"',
        "--values=values/0.yaml",
        "--values=values/1.yaml",
        "--kube-version=1.33.0",
        "--api-versions=apps/v1",
        "--api-versions=apps/v1/Deployment",
        "--include-crds",
        "--",
        "web",
        "source",
    )
    assert files == {"source/Chart.yaml": b"x", "values/0.yaml": b"a: 1", "values/1.yaml": b"b: 2"}
    assert program.environment == {}


def test_a_name_is_no_option() -> None:
    program, _ = helm_template(HELM, Release("--post-renderer=x", "n", crds=False), {}, folder="charts/a")
    assert program.arguments == ("template", "--namespace=n", "--skip-crds", "--", "--post-renderer=x", "source/charts/a")


def test_kustomize() -> None:
    assert kustomize_build(Path("/k"), "a/b").arguments == ("build", "--load-restrictor=LoadRestrictionsRootOnly", "--", "a/b")
    assert kustomize_build(Path("/k")).arguments[-1] == "."
