"""Whose rule judges, and that none of them stumbles over an object's shape."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.interpreter.argo_health.custom import CUSTOM, custom_rule
from reconciler.interpreter.argo_health.judge import argo_health_of, builtin_health, custom_health
from reconciler.interpreter.registry import assess
from reconciler.model.health import ArgoHealth, ArgoHealthCode, HealthStatus
from tests.unit.interpreter.manifests import deployment, manifest, pod

GOING = {"deletionTimestamp": "2026-01-01T00:00:00Z"}
BROKEN = {"conditions": [{"type": "Ready", "status": "False", "message": "no such issuer"}]}


@pytest.mark.parametrize(
    ("live", "code"),
    [
        (manifest("v1", "ConfigMap"), None),
        (manifest("v1", "ConfigMap", metadata=GOING), ArgoHealthCode.PROGRESSING),
        (manifest("example.org/v1", "Widget", status=BROKEN), None),
        (manifest("cert-manager.io/v1", "Issuer", status=BROKEN), ArgoHealthCode.DEGRADED),
        (manifest("cert-manager.io/v2alpha9", "Issuer", status=BROKEN), ArgoHealthCode.DEGRADED),
        (manifest("cert-manager.io/v1", "Issuer", metadata=GOING, status=BROKEN), ArgoHealthCode.PROGRESSING),
        (manifest("apps/v1beta2", "Deployment"), ArgoHealthCode.UNKNOWN),
        (manifest("extensions/v1beta1", "Ingress"), ArgoHealthCode.PROGRESSING),
        (deployment(replicas="three"), ArgoHealthCode.UNKNOWN),
        (pod(restartPolicy="Sometimes") | {"status": {"phase": "Running"}}, ArgoHealthCode.UNKNOWN),
        (manifest("batch/v1", "CronJob", status={}), ArgoHealthCode.HEALTHY),
        ({}, None),
    ],
)
def test_opinion(live: dict[str, Any], code: ArgoHealthCode | None) -> None:
    result = argo_health_of(live)
    assert (result and result.code) == code


def test_a_hook_is_judged_although_it_is_going() -> None:
    finalizers = ["argocd.argoproj.io/hook-finalizer"]
    hook = manifest("v1", "Pod", metadata={**GOING, "finalizers": finalizers}, status={"phase": "Succeeded"})
    assert argo_health_of(hook) == ArgoHealth(ArgoHealthCode.HEALTHY)


def test_what_gitops_engine_knows_is_less_than_we_know() -> None:
    live = manifest("apiextensions.k8s.io/v1", "CustomResourceDefinition", status={"conditions": []})
    assert builtin_health(live) is None
    assert custom_health(live) is not None


@pytest.mark.parametrize(
    ("group", "kind", "name"),
    [
        ("iam.aws.crossplane.io", "Policy", "Policy.iam.aws.crossplane.io"),
        ("iam.aws.crossplane.io", "Group", "*.*.crossplane.io"),
        ("azure.m.upbound.io", "ResourceGroup", "*.*.upbound.io"),
        ("microgateway.airlock.com", "DenyRules", "*.microgateway.airlock.com"),
        ("crossplane.io", "Thing", None),
        ("example.microgateway.airlock.com", "DenyRules", None),
        ("", "Pod", None),
    ],
)
def test_a_rule_is_found_by_kind_then_group_then_family(group: str, kind: str, name: str | None) -> None:
    assert custom_rule(group, kind) is (CUSTOM[name] if name else None)


def test_one_health_out_of_both() -> None:
    """A broken third-party object is finished, says kstatus; a failed Pod is, too."""
    assert assess(manifest("v1", "Pod", status={"phase": "Failed"})).status is HealthStatus.FAILED
    metric = manifest("datadoghq.com/v1", "DatadogMetric", status={"conditions": [{"type": "Error", "status": "True"}]})
    assert assess(metric).status is HealthStatus.FAILED
    written_as_text = manifest("argoproj.io/v1", "Rollout", metadata={"generation": 2})
    written_as_text["status"] = {"observedGeneration": "2", "phase": "Healthy"}
    assert assess(written_as_text).status is HealthStatus.CURRENT
    assert assess(manifest("example.org/v1", "Widget")).status is HealthStatus.CURRENT


_NAMES = st.sampled_from(
    [
        "conditions", "type", "status", "reason", "message", "phase", "state", "observedGeneration", "generation", "replicas",
        "listeners", "parents", "ancestors", "environments", "active", "proposed", "dry", "sha", "deployments", "statuses",
        "health", "availableNodes", "updateStrategy", "rollingUpdate", "partition", "racks", "solrNodes", "brokersState",
        "domainStatus", "aggregatedStatus", "clusters", "scale", "statusReplicas", "executorState", "ceph", "details",
    ]
)  # fmt: skip
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 5) | st.floats() | st.sampled_from(["", "True", "False", "Ready", "2/3"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=12,
)
_PARTS = st.none() | st.dictionaries(_NAMES, _VALUES, max_size=6) | _VALUES


@given(st.sampled_from(sorted(CUSTOM)), _PARTS, _PARTS, _PARTS)
def test_no_shape_is_too_much(name: str, metadata: Any, spec: Any, status: Any) -> None:
    kind = name.partition(".")[0]
    CUSTOM[name]({"kind": kind, "metadata": metadata, "spec": spec, "status": status})
