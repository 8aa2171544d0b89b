"""Fields that a controller in the member fills are not applied."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from reconciler.interpreter.registry import without_controller_fields
from reconciler.model.manifest import get, with_value
from tests.unit.interpreter.manifests import job, manifest

RBAC = "rbac.authorization.k8s.io/v1"
ADMISSION = "admissionregistration.k8s.io/v1"
CERTIFICATE = base64.b64encode(b"-----BEGIN CERTIFICATE-----\n\n-----END CERTIFICATE-----\n").decode()
BUNDLES: list[tuple[str, str, tuple[str | int, ...]]] = [
    (ADMISSION, "MutatingWebhookConfiguration", ("webhooks", 0, "clientConfig", "caBundle")),
    (ADMISSION, "ValidatingWebhookConfiguration", ("webhooks", 0, "clientConfig", "caBundle")),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition", ("spec", "conversion", "webhook", "clientConfig", "caBundle")),
    ("apiregistration.k8s.io/v1", "APIService", ("spec", "caBundle")),
]


def with_bundle(case: tuple[str, str, tuple[str | int, ...]], bundle: Any) -> dict[str, Any]:
    api, kind, path = case
    document: dict[str, Any] = with_value(manifest(api, kind, webhooks=[{}, {"name": "b"}]), path, bundle)
    return document


@pytest.mark.parametrize("case", BUNDLES, ids=lambda case: case[1])
@pytest.mark.parametrize("bundle", ["", "Cg==", "\n", "Cgo=", "IA==", "Q2c9PQ==", base64.b64encode(b"placeholder").decode()])
def test_a_placeholder_is_left_to_the_injector(case: Any, bundle: str) -> None:
    document = without_controller_fields(with_bundle(case, bundle))
    assert "caBundle" not in get(document, *case[2][:-1])


@pytest.mark.parametrize("case", BUNDLES, ids=lambda case: case[1])
@pytest.mark.parametrize("bundle", [CERTIFICATE, f"{CERTIFICATE[:20]}\n{CERTIFICATE[20:]}\n", "not base64!", "abc", 5, None])
def test_every_other_bundle_is_applied(case: Any, bundle: Any) -> None:
    document = with_bundle(case, bundle)
    assert without_controller_fields(document) is document


def test_rules_of_an_aggregated_role_are_the_controllers() -> None:
    role = manifest(RBAC, "ClusterRole", aggregationRule={"clusterRoleSelectors": []}, rules=[{"verbs": ["get"]}])
    assert without_controller_fields(role) == manifest(RBAC, "ClusterRole", aggregationRule={"clusterRoleSelectors": []})


@pytest.mark.parametrize(
    "role",
    [
        manifest(RBAC, "ClusterRole", rules=[]),
        manifest(RBAC, "ClusterRole", rules=[], aggregationRule=None),
        manifest("example.io/v1", "ClusterRole", rules=[], aggregationRule={}),
        manifest("v1", "ConfigMap", rules=[], aggregationRule={}),
    ],
)
def test_other_rules_are_ours(role: dict[str, Any]) -> None:
    assert without_controller_fields(role) is role


@pytest.mark.parametrize("selector", [{}, {"matchLabels": {}}, None])
def test_an_empty_selector_of_a_job_is_the_servers(selector: Any) -> None:
    assert without_controller_fields(job(selector=selector, completions=1)) == job(completions=1)


@pytest.mark.parametrize(
    "template",
    [
        job(completions=1),
        job(selector={"matchLabels": {"app": "web"}}),
        job(selector={"matchLabels": {}}, manualSelector=True),
    ],
)
def test_a_selector_that_somebody_chose_is_ours(template: dict[str, Any]) -> None:
    assert without_controller_fields(template) is template
