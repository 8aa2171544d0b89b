"""What Go's types make of an object: what they hold, and what they write back."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.interpreter.go_types_form import marshal, normalize


@pytest.mark.parametrize(
    ("type_name", "document", "result"),
    [
        ("DeploymentSpec", {}, {"selector": None, "strategy": {}, "template": {"metadata": {}, "spec": {"containers": None}}}),
        ("DeploymentStatus", {"replicas": 0, "collisionCount": 0, "unknown": 1}, {"collisionCount": 0}),
        ("StatefulSetStatus", {}, {"availableReplicas": 0, "replicas": 0}),
        ("HorizontalPodAutoscalerStatus", {"currentMetrics": []}, {"currentMetrics": [], "desiredReplicas": 0}),
        ("HorizontalPodAutoscalerStatus", {"desiredReplicas": 2.0}, {"currentMetrics": None, "desiredReplicas": 2}),
        ("ServicePort", {"port": 80}, {"port": 80, "targetPort": 0}),
        ("ServicePort", {"port": 1, "targetPort": "x", "appProtocol": ""}, {"port": 1, "targetPort": "x", "appProtocol": ""}),
        ("JobCondition", {"type": "A"}, {"type": "A", "status": "", "lastProbeTime": None, "lastTransitionTime": None}),
        ("ObjectMeta", {"creationTimestamp": None, "name": "", "labels": {}}, {}),
        ("ObjectMeta", {"creationTimestamp": "2025-01-02T03:04:05.6+02:00"}, {"creationTimestamp": "2025-01-02T01:04:05Z"}),
        ("ObjectMeta", {"creationTimestamp": "0001-01-01T00:00:00Z"}, {}),
        ("ContainerStateRunning", {"startedAt": "0001-01-01T00:00:00Z"}, {"startedAt": None}),
        ("ResourceRequirements", {"limits": {"cpu": None, "memory": "1024Ki"}}, {"limits": {"cpu": "0", "memory": "1Mi"}}),
        ("Container", {"name": "a", "env": [None]}, {"name": "a", "env": [{"name": ""}], "resources": {}}),
        ("CSIVolumeSource", {"driver": "d", "fsType": "", "readOnly": False}, {"driver": "d", "fsType": "", "readOnly": False}),
        ("NFSVolumeSource", {"path": "p", "readOnly": False}, {"path": "p", "server": ""}),
    ],
)  # fmt: skip
def test_written(type_name: str, document: dict[str, Any], result: dict[str, Any]) -> None:
    assert marshal(document, type_name) == result
    assert marshal(result, type_name) == result


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ({"active": 0, "unknown": 1}, {}, True),
        ({"active": 1.0}, {"active": 1}, True),
        ({"startTime": "2025-01-01T00:00:00Z"}, {"startTime": "2025-01-01T01:00:00+01:00"}, True),
        ({"conditions": []}, {}, False),
        ({"conditions": None}, {}, True),
        ({"ready": 0}, {}, False),
        ({"conditions": [{"type": "", "lastProbeTime": None}]}, {"conditions": [None]}, True),
    ],
)
def test_held(one: dict[str, Any], other: dict[str, Any], equal: bool) -> None:
    assert (normalize(one, "JobStatus") == normalize(other, "JobStatus")) is equal
