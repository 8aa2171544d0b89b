"""The status of one copy as Karmada sees it, and one status for several copies."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler.interpreter import registry
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.customization import Operation
from reconciler.model.keys import GroupVersionKind
from tests.unit.interpreter.manifests import deployment, manifest

NOW = datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)
GENERATION = "resourcetemplate.karmada.io/generation"


def _items(*statuses: Any) -> list[dict[str, Any]]:
    return [{"clusterName": f"m{position}", "status": status} for position, status in enumerate(statuses, 1)]


def _status(subject: dict[str, Any], *statuses: Any) -> Any:
    return registry.aggregate(subject, _items(*statuses), NOW).get("status")


@pytest.mark.parametrize(
    ("kind", "spec", "status", "healthy"),
    [
        ("apps/v1 Deployment", {"replicas": 2}, {"updatedReplicas": 2, "availableReplicas": 2}, True),
        ("apps/v1 Deployment", {"replicas": 2}, {"updatedReplicas": 1, "availableReplicas": 1}, False),
        ("apps/v1 Deployment", {}, {"updatedReplicas": 2, "availableReplicas": 1}, False),
        ("apps/v1 StatefulSet", {"replicas": 0}, {"observedGeneration": 1}, False),
        ("apps/v1 ReplicaSet", {"replicas": 2}, {"availableReplicas": 3}, True),
        ("apps/v1 DaemonSet", {}, {"desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 1}, False),
        ("v1 Service", {}, {}, True),
        ("v1 Service", {"type": "LoadBalancer"}, {"loadBalancer": {"ingress": [{"ports": []}, {"ip": "192.0.2.1"}]}}, True),
        ("networking.k8s.io/v1 Ingress", {}, {"loadBalancer": {"ingress": [None]}}, False),
        ("v1 PersistentVolumeClaim", {}, {"phase": "Bound"}, True),
        ("v1 Pod", {}, {"phase": "Running", "conditions": [{"type": "Ready"}, {"type": "Ready", "status": "True"}]}, False),
        ("v1 Pod", {}, {"phase": "Succeeded"}, True),
        ("policy/v1 PodDisruptionBudget", {}, {"desiredHealthy": 1}, False),
    ],
)
def test_healthy(kind: str, spec: dict[str, Any], status: dict[str, Any], healthy: bool) -> None:
    assert registry.healthy(manifest(*kind.split(), spec=spec, status=status)) is healthy


@pytest.mark.parametrize(
    ("subject", "status"),
    [
        (manifest("apps/v1", "Deployment", metadata={"annotations": {GENERATION: "0"}}, status={"replicas": 0}), None),
        (manifest("apps/v1", "Deployment", status=None), MalformedObjectError),
        (manifest("apps/v1", "Deployment", status={}), MalformedObjectError),
        (manifest("apps/v1", "Deployment", metadata={"annotations": {GENERATION: "1_0"}}, status={}), MalformedObjectError),
        (manifest("apps/v1", "Deployment"), None),
        (manifest("batch/v1", "Job", status={"ready": 1, "active": 2}), {"active": 2}),
        (manifest("v1", "Service", spec={"type": "ClusterIP"}, status={"loadBalancer": {}}), None),
        (manifest("v1", "Service", spec={"type": "LoadBalancer"}, status={"conditions": []}), {"loadBalancer": {}}),
        (manifest("example.io/v1", "Widget", status={"a": None}), {"a": None}),
        (manifest("example.io/v1", "Widget", status="ok"), MalformedObjectError),
        (manifest("extensions/v1beta1", "Deployment", status={"a": 1}), {"a": 1}),
    ],
)
def test_reflect(subject: dict[str, Any], status: Any) -> None:
    if status is MalformedObjectError:
        with pytest.raises(MalformedObjectError):
            registry.reflect(subject)
    else:
        assert registry.reflect(subject) == status


def test_counters_are_summed_and_the_rest_of_the_status_stays() -> None:
    subject = deployment() | {
        "metadata": {"name": "web", "generation": 3},
        "status": {"collisionCount": 1, "observedGeneration": 2},
    }
    here = {"replicas": 2, "generation": 1, "observedGeneration": 1, "resourceTemplateGeneration": 3}
    behind = {**here, "resourceTemplateGeneration": 2}
    assert _status(subject, here, here) == {"replicas": 4, "collisionCount": 1, "observedGeneration": 3}
    for late in (behind, None):
        assert _status(subject, here, late)["observedGeneration"] == 2
    with pytest.raises(MalformedObjectError):
        _status(subject, {"replicas": "many"})


def test_a_template_that_does_not_change_is_the_very_same() -> None:
    subject = deployment() | {"status": {"replicas": 1}, "unknown": True}
    assert registry.aggregate(subject, _items({"replicas": 1}), NOW) is subject
    assert "unknown" not in registry.aggregate(subject, _items({"replicas": 2}), NOW)


def test_load_balancers_are_merged_by_address_and_sorted() -> None:
    subject = manifest("v1", "Service", spec={"type": "LoadBalancer"})
    port = {"port": 80, "protocol": "TCP"}
    here = [{"ip": "192.0.2.9", "ports": [port]}, {"ip": "192.0.2.9", "ipMode": "VIP"}]
    there = [{"ip": "192.0.2.9", "ports": [{"port": 8, "protocol": "UDP"}, port, {**port, "error": "busy"}]}, {"hostname": "z"}]
    assert _status(subject, {"loadBalancer": {"ingress": here}}, {"loadBalancer": {"ingress": there}})["loadBalancer"][
        "ingress"
    ] == [
        {"hostname": "z"},
        {"ip": "192.0.2.9", "ipMode": "VIP"},
        {"ip": "192.0.2.9", "ports": [{"port": 8, "protocol": "UDP"}, port, {**port, "error": "busy"}]},
    ]


@pytest.mark.parametrize(
    ("statuses", "types"),
    [
        ([{"conditions": [{"type": "Complete", "status": "True"}]}], ["Complete"]),
        (
            [{"conditions": [{"type": name, "status": "True"} for name in ("SuccessCriteriaMet", "Complete")]}],
            ["Complete", "SuccessCriteriaMet"],
        ),
        ([{"conditions": [{"type": "Complete", "status": "True"}]}, None], []),
        ([{"conditions": [{"type": "Complete", "status": "False"}]}], []),
        ([{"conditions": [{"type": "Failed", "status": "True"}]}, None], ["Failed"]),
        ([], []),
    ],
)
def test_a_job_ends_when_all_its_parts_do_or_one_fails(statuses: list[Any], types: list[str]) -> None:
    status = _status(manifest("batch/v1", "Job", status={"active": 1}), *statuses)
    assert [condition["type"] for condition in status.get("conditions", ())] == types
    assert {condition["lastProbeTime"] for condition in status.get("conditions", ())} <= {"2026-05-06T07:08:09Z"}


def test_a_jobs_times_need_all_members() -> None:
    subject = manifest("batch/v1", "Job")
    one = {"startTime": "2026-01-01T02:00:00Z", "completionTime": "2026-01-01T03:00:00Z"}
    other = {"startTime": "2026-01-01T03:30:00+02:00", "completionTime": "2026-01-01T02:30:00Z"}
    assert _status(subject, one, other) == {"startTime": "2026-01-01T01:30:00Z", "completionTime": "2026-01-01T03:00:00Z"}
    assert _status(subject, one, {"active": 1}) == {"active": 1}
    assert _status({**subject, "status": {"startTime": "2026-01-01T00:00:00Z"}}, one)["startTime"] == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("kind", "statuses", "phase"),
    [
        ("Pod", [{"phase": "Running"}, None], "Pending"),
        ("Pod", [{"phase": "Unknown"}, {"phase": "Succeeded"}], "Succeeded"),
        ("PersistentVolume", [{"phase": "Released"}, {"phase": "Bound"}], "Bound"),
        ("PersistentVolume", [], None),
        ("PersistentVolumeClaim", [{"phase": "Pending"}, None, {"phase": "Bound"}], "Pending"),
        ("PersistentVolumeClaim", [{"phase": "Lost"}, {"phase": 5}], "Lost"),
        ("PersistentVolumeClaim", [], "Bound"),
    ],
)
def test_one_phase_for_all(kind: str, statuses: list[Any], phase: str | None) -> None:
    assert _status(manifest("v1", kind, status={"phase": "Other"}), *statuses).get("phase") == phase


def test_a_pod_is_written_even_where_nobody_was_asked() -> None:
    subject = manifest("v1", "Pod", spec={"containers": [{"name": "a", "odd": 1}]}, status={"phase": "Running"})
    result = registry.aggregate(subject, None, NOW)
    assert result["spec"]["containers"] == [{"name": "a", "resources": {}}]
    assert result["status"] == {"phase": "Running"}


def test_disrupted_pods_are_told_apart_by_member() -> None:
    report = {"currentHealthy": 1, "disruptedPods": {"p": "2026-01-01T00:00:00Z"}}
    status = _status(manifest("policy/v1", "PodDisruptionBudget"), report, report)
    assert status["currentHealthy"] == 2
    assert sorted(status["disruptedPods"]) == ["m1/p", "m2/p"]


def test_cron_jobs_join_what_is_active() -> None:
    one = {"active": [{"name": "a"}], "lastScheduleTime": "2026-01-01T00:00:00Z"}
    status = _status(manifest("batch/v1", "CronJob"), one, {"active": [{"name": "b"}], "lastSuccessfulTime": None})
    assert status == {"active": [{"name": "a"}, {"name": "b"}], "lastScheduleTime": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize("ask", [registry.healthy, lambda subject: registry.aggregate(subject, [], NOW)])
def test_asking_without_a_rule_is_an_error(ask: Any) -> None:
    with pytest.raises(MalformedObjectError, match="no rule"):
        ask(manifest("v1", "ConfigMap"))


@pytest.mark.parametrize(
    ("api_version", "kind", "operation", "known"),
    [
        ("apps/v1", "Deployment", Operation.REPLICAS, True),
        ("apps/v1beta1", "Deployment", Operation.REPLICAS, False),
        ("apps/v1", "DaemonSet", Operation.REVISION, False),
        ("batch/v1", "Job", Operation.HEALTH, False),
        ("v1", "Secret", Operation.RETENTION, True),
        ("multicluster.x-k8s.io/v1alpha1", "ServiceImport", Operation.DEPENDENCIES, True),
        ("example.io/v1", "Widget", Operation.REFLECTION, True),
        ("example.io/v1", "Widget", Operation.AGGREGATION, False),
        ("apps/v1", "Deployment", Operation.COMPONENTS, False),
    ],
)
def test_has_rule(api_version: str, kind: str, operation: Operation, known: bool) -> None:
    assert registry.has_rule(GroupVersionKind.parse(api_version, kind), operation) is known
