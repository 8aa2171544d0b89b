"""Health beyond the recorded cases: what is asked first, what is not asked, and that nothing crashes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.interpreter.registry import health_of
from reconciler.model.health import Health, HealthStatus
from tests.unit.interpreter.manifests import deployment, manifest

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _conditions(*conditions: Any) -> dict[str, Any]:
    return {"conditions": list(conditions)}


@pytest.mark.parametrize(
    ("live", "status"),
    [
        (manifest("v1", "ConfigMap", metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"}), "Terminating"),
        (manifest("v1", "ConfigMap", metadata={"deletionTimestamp": 5}), "Unknown"),
        (manifest("v1", "ConfigMap", metadata={"generation": 2}, status={"observedGeneration": 1}), "InProgress"),
        (manifest("v1", "ConfigMap", metadata={"generation": 2}, status={"observedGeneration": "2"}), "Unknown"),
        (manifest("v1", "ConfigMap", metadata={"generation": "2"}), "Unknown"),
        (manifest("a/v1", "Foo", status=None), "Current"),
        (manifest("a/v1", "Foo", status=_conditions(None, {"type": "Ready", "status": "True"})), "Current"),
        (manifest("a/v1", "Foo", status=_conditions({"type": "Ready", "status": True})), "Unknown"),
        (manifest("a/v1", "Foo", status=_conditions({"type": "Ready", "status": "Perhaps"})), "Current"),
        (manifest("a/v1", "Foo", status={"conditions": {}}), "Unknown"),
        (manifest("a/v1", "Foo", status="up"), "Unknown"),
        (manifest("a/v1", "Deployment", spec={"replicas": 3}), "Current"),
        (manifest("v1", "Pod", status={"phase": "Dreaming"}), "Unknown"),
        (manifest("v1", "Pod", status={"phase": "Running", "containerStatuses": [5]}), "Unknown"),
        (deployment(replicas="3"), "InProgress"),
        ({}, "Current"),
    ],
)
def test_verdict(live: dict[str, Any], status: str) -> None:
    assert health_of(live).status == status


@pytest.mark.parametrize(("age", "status"), [(0, "InProgress"), (14, "InProgress"), (15, "Failed"), (3600, "Failed")])
def test_a_pod_gets_some_time_to_find_a_node(age: int, status: str) -> None:
    created = (NOW - timedelta(seconds=age)).isoformat().replace("+00:00", "Z")
    unschedulable = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
    live = manifest("v1", "Pod", metadata={"creationTimestamp": created}, status={"phase": "Pending"})
    live["status"] |= _conditions(unschedulable)
    assert health_of(live, NOW).status == status
    assert health_of(live).status == "Failed"


def test_crashing_containers_are_named() -> None:
    crashing = {"name": "app", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}
    live = manifest("v1", "Pod", status={"phase": "Running", "containerStatuses": [crashing, {"name": "b", "state": {}}]})
    assert health_of(live) == Health(HealthStatus.FAILED, "containers keep crashing: app", "ContainerCrashLooping")


def test_a_value_is_never_in_the_message() -> None:
    assert "hunter2" not in health_of(manifest("v1", "Secret", metadata={"generation": "hunter2"})).message


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["True", "Ready", "Pending", "Running", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["conditions", "type", "status", "phase", "replicas", "containerStatuses", "state", "name"]), inner
        )
    ),
    max_leaves=12,
)
_KINDS = [("apps/v1", "Deployment"), ("v1", "Pod"), ("batch/v1", "Job"), ("apps/v1", "DaemonSet"), ("a/v1", "Foo")]


@given(kind=st.sampled_from(_KINDS), metadata=_JSON, spec=_JSON, status=_JSON)
def test_nothing_crashes(kind: tuple[str, str], metadata: Any, spec: Any, status: Any) -> None:
    live = {"apiVersion": kind[0], "kind": kind[1], "metadata": metadata, "spec": spec, "status": status}
    assert isinstance(health_of(live, NOW), Health)
