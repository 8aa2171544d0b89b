"""A workload whose selector does not match its own Pods."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.load.schemas.pod_labels import label_violations
from reconciler.model.issues import Severity
from reconciler.model.keys import GroupVersionKind
from tests.support.in_memory_fleet import compile_files
from tests.support.shop import SHOP

WEB = {"matchLabels": {"app": "web"}}
LABELS = ("spec", "template", "metadata", "labels")


def violations(api: str, kind: str, selector: Any, template: Any, **spec: Any) -> list[tuple[tuple[str | int, ...], str]]:
    document = {"apiVersion": api, "kind": kind, "spec": {"selector": selector, "template": template, **spec}}
    return [(one.path, one.message) for one in label_violations(document, GroupVersionKind.parse(api, kind))]


@pytest.mark.parametrize("kind", ["DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"])
@pytest.mark.parametrize(
    ("selector", "template", "path", "asked"),
    [
        (WEB, {"metadata": {"labels": {"app": "wbe"}}}, LABELS, "app=web"),
        (WEB, {"metadata": {}}, LABELS[:3], "app=web"),
        (WEB, {}, LABELS[:2], "app=web"),
        ({"matchLabels": {"app": "web", "tier": "x"}}, {"metadata": {"labels": {"app": "web"}}}, LABELS, "tier=x"),
        ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]}, {}, LABELS[:2], "a in (b)"),
    ],
)
def test_pods_that_it_does_not_select(kind: str, selector: Any, template: Any, path: Any, asked: str) -> None:
    ((found, message),) = violations("apps/v1", kind, selector, template)
    assert found == path
    assert f"asks for {asked}:" in message


@pytest.mark.parametrize(
    ("api", "kind", "selector", "spec"),
    [
        ("apps/v1", "Deployment", None, {}),
        ("apps/v1", "Deployment", {"matchLabels": ["app"]}, {}),
        ("apps/v1", "Deployment", {"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, {}),
        ("batch/v1", "Job", WEB, {}),
        ("policy/v1", "PodDisruptionBudget", WEB, {}),
        ("example.com/v1", "Deployment", WEB, {}),
    ],
)
def test_what_an_api_server_accepts_or_its_schema_refuses(api: str, kind: str, selector: Any, spec: Any) -> None:
    assert violations(api, kind, selector, {}, **spec) == []


def test_a_job_with_a_selector_of_its_own() -> None:
    assert len(violations("batch/v1", "Job", WEB, {}, manualSelector=True)) == 1


def test_the_line_is_that_of_the_labels() -> None:
    wrong = SHOP["web/deployment.yaml"].replace("metadata: {labels: {app: web}}", "metadata: {labels: {app: wbe}}")
    (issue,) = compile_files(SHOP | {"web/deployment.yaml": wrong}).issues
    line = next(number for number, text in enumerate(wrong.splitlines(), 1) if "wbe" in text)
    assert (issue.severity, issue.origin.file, issue.origin.line) == (Severity.ERROR, "web/deployment.yaml", line)
