from __future__ import annotations

import pytest

from reconciler.expand.program_messages import explain_helm, explain_kustomize
from reconciler.expand.source_files import SourceFiles

CHART = SourceFiles(
    dict.fromkeys(
        ("Chart.yaml", "values.yaml", "templates/a.yaml", "templates/_h.tpl", "charts/s/templates/b.yaml", "charts/p-1.0.tgz"),
        b"",
    ),
    "charts/web",
)


@pytest.mark.parametrize(
    ("stderr", "place"),
    [
        ('Error: parse error at (web/templates/a.yaml:3): function "env" not defined', "templates/a.yaml:3"),
        (
            'Error: template: web/templates/a.yaml:1:3: executing "x" at <include "h" .>: error calling include: '
            'template: web/templates/_h.tpl:5:4: executing "h" at <.x.y>: nil pointer evaluating interface {}.y',
            "templates/_h.tpl:5",
        ),
        ("Error: execution error at (web/templates/a.yaml:7:4): no name", "templates/a.yaml:7"),
        ("Error: execution error at (web/charts/s/templates/b.yaml:2:4): x", "charts/s/templates/b.yaml:2"),
        ("Error: execution error at (web/charts/p/templates/b.yaml:2:4): x", "charts/p-1.0.tgz"),
        ("Error: YAML parse error on web/templates/a.yaml: error converting YAML to JSON: yaml: line 4: x", "templates/a.yaml"),
        ("Error: cannot load values.yaml: error converting YAML to JSON: yaml: line 4: x", "values.yaml:4"),
        ("Error: chart requires kubeVersion: >=9 which is incompatible with Kubernetes v1.20", "Chart.yaml"),
        ("", "Chart.yaml"),
    ],
)
def test_helm(stderr: str, place: str) -> None:
    issue = explain_helm(stderr, CHART)
    assert str(issue.origin) == f"charts/web/{place}"
    assert issue.message.startswith("helm cannot render this: ")
    assert issue.remedy


def test_what_stands_around_the_error_is_left_out() -> None:
    stderr = "level=WARN msg=x\nError: first line\nsecond line\n\nUse --debug flag to render out invalid YAML\n"
    assert explain_helm(stderr, CHART).message == "helm cannot render this: first line second line"


def test_a_chart_below_the_root_of_the_source() -> None:
    source = SourceFiles({"x/Chart.yaml": b"", "x/templates/a.yaml": b""}, "")
    assert (
        str(explain_helm("Error: execution error at (web/templates/a.yaml:7:4): x", source, "x").origin) == "x/templates/a.yaml:7"
    )


FILES = SourceFiles(dict.fromkeys(("k/kustomization.yaml", "k/a.yaml", "base/kustomization.yaml"), b""), "apps")


@pytest.mark.parametrize(
    ("stderr", "place"),
    [
        ('Error: invalid Kustomization: json: unknown field "x"', "apps/k/kustomization.yaml"),
        (
            "Error: accumulating resources: accumulation err='MalformedYAMLError: yaml: line 3: x in File: a.yaml'",
            "apps/k/a.yaml:3",
        ),
        ("Error: accumulating resources: 'base/kustomization.yaml': x", "apps/base/kustomization.yaml"),
        ("Error: security; file '/outside' is not in or below 'k'", "apps/k/kustomization.yaml"),
    ],
)
def test_kustomize(stderr: str, place: str) -> None:
    assert str(explain_kustomize(stderr, FILES, "k").origin) == place
