"""Versions of built-in kinds that no server has any more."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.load.schemas import kubernetes_kinds
from reconciler.load.schemas.removed import _SINCE, Removed, never_served, removed, removed_violations
from reconciler.load.scope import scope_of
from reconciler.model.issues import Severity
from reconciler.model.keys import GroupVersionKind
from tests.support.in_memory_fleet import compile_files


def gvk(text: str) -> GroupVersionKind:
    return GroupVersionKind.parse(*text.split())


@pytest.mark.parametrize(
    ("kind", "since", "replacement"),
    [
        ("extensions/v1beta1 Ingress", "1.22", "networking.k8s.io/v1 Ingress"),
        ("extensions/v1beta1 Deployment", "1.16", "apps/v1 Deployment"),
        ("apps/v1beta2 StatefulSet", "1.16", "apps/v1 StatefulSet"),
        ("policy/v1beta1 PodDisruptionBudget", "1.25", "policy/v1 PodDisruptionBudget"),
        ("policy/v1beta1 PodSecurityPolicy", "1.25", None),
        ("autoscaling/v2beta2 HorizontalPodAutoscaler", "1.26", "autoscaling/v2 HorizontalPodAutoscaler"),
        ("flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema", "1.32", "flowcontrol.apiserver.k8s.io/v1 FlowSchema"),
        ("apps/v7 Deployment", "", "apps/v1 Deployment"),
        ("v2 ConfigMap", "", "v1 ConfigMap"),
    ],
)
def test_what_was_removed_has_a_release_and_a_replacement(kind: str, since: str, replacement: str | None) -> None:
    assert removed(gvk(kind)) == Removed(since, None if replacement is None else gvk(replacement))
    (violation,) = removed_violations(gvk(kind))
    assert (violation.severity, violation.reason) == (
        (Severity.WARNING, "RemovedVersion") if since else (Severity.ERROR, "UnknownVersion")
    )
    assert never_served(gvk(kind)) is not bool(since)
    assert (f"since {since}" if since else "up to") in violation.message
    assert ("every member gets all of them" in violation.message) is (bool(since) and "apps/v1 " in str(replacement))
    assert (replacement or "has no PodSecurityPolicy").split()[0] in violation.remedy


@pytest.mark.parametrize(
    "kind",
    ["apps/v1 Deployment", "autoscaling/v1 HorizontalPodAutoscaler", "apps/v1 Deploymnt", "example.com/v1 Widget", "v9 Widget"],
)
def test_of_what_is_served_and_of_foreign_kinds_nothing_is_said(kind: str) -> None:
    assert removed_violations(gvk(kind)) == []


def test_the_table_lists_what_no_recorded_release_serves_and_its_scope_is_known() -> None:
    for kind, since in _SINCE.items():
        assert not any(kind in kubernetes_kinds.kinds_of(release) for release in kubernetes_kinds.releases()), kind
        assert tuple(map(int, since.split("."))) <= (1, 25)
        assert scope_of(kind.group, kind.kind) is not None


CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: doodads.lab.example}
spec:
  group: lab.example
  names: {kind: Doodad, plural: doodads}
  scope: Namespaced
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
  - {name: v2, served: true, storage: false}
  - {name: v1beta1, served: false, storage: false, schema: {openAPIV3Schema: {type: object}}}
"""


@pytest.mark.parametrize(
    ("version", "message"), [("v9", "has no such version"), ("v1beta1", "does not serve this version"), ("v1", ""), ("v2", "")]
)
def test_a_definition_in_the_repository_decides_about_its_versions(version: str, message: str) -> None:
    doodad = f"# a doodad\n\napiVersion: lab.example/{version}\nkind: Doodad\nmetadata: {{name: d, namespace: shop}}\n"
    compiled = compile_files({"crd.yaml": CRD, "d.yaml": doodad})
    found = [issue for issue in compiled.desired.issues if issue.reason == "UnknownVersion"]
    assert [(issue.origin.file, issue.origin.line) for issue in found] == ([("d.yaml", 3)] if message else [])
    assert all(message in issue.message and issue.remedy == "Write lab.example/v1 or lab.example/v2." for issue in found)
    assert any(template.key.kind == "Doodad" for template in compiled.desired.templates) is not bool(message)


@pytest.mark.parametrize("question", [removed, kubernetes_kinds._schema, kubernetes_kinds._validator])
def test_kinds_that_users_make_up_are_forgotten_in_time(question: Any) -> None:
    most = question.cache_info().maxsize
    for number in range(most + 10):
        assert question(GroupVersionKind("example.com", "v1", f"Widget{number}")) is None
    assert question.cache_info().currsize == most
    question.cache_clear()
