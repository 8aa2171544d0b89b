"""Our arithmetic against kube-controller-manager's own autoscaler: the same number and the same conditions at every step."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from reconciler.autoscale.normalize import Memory
from reconciler.autoscale.pods import metric_reading, pod_of
from reconciler.autoscale.reading import MetricReading, Pod, Reading
from reconciler.autoscale.recommend import recommend
from reconciler.load.parse_autoscalers import parse_federated_hpa
from reconciler.model.federated_hpa import FederatedHpa, MetricType
from reconciler.model.keys import ClusterName
from tests.autoscaling.record import STEPS
from tests.autoscaling.situations import situations

RECORDED = json.loads(STEPS.read_text())
BEGIN = datetime.fromisoformat(RECORDED["begin"])
ONLY = ClusterName("m1")
KEPT = {
    "resources": (MetricType.RESOURCE, MetricType.CONTAINER_RESOURCE),
    "hits": (MetricType.PODS,),
    "object": (MetricType.OBJECT,),
}


def test_every_situation_was_recorded_on_the_kubernetes_of_the_tests() -> None:
    assert [one["name"] for one in RECORDED["situations"]] == [one.name for one in situations()]
    assert len(RECORDED["situations"]) >= 60
    changed = sum(step["current"] != step["desired"] for one in RECORDED["situations"] for step in one["steps"])
    assert changed >= 60


@pytest.mark.parametrize("recorded", RECORDED["situations"], ids=lambda one: one["name"])
def test_each_step_is_that_of_kubernetes(recorded: Any) -> None:
    hpa = parse_federated_hpa({"metadata": {"name": "web", "namespace": "shop"}, "spec": recorded["spec"]})
    pods = tuple(pod(one, recorded["leaving"]) for one in recorded["pods"])
    memory, current = Memory(), recorded["steps"][0]["current"]
    for step in recorded["steps"]:
        now = BEGIN + timedelta(seconds=step["at"])
        assert step["current"] == current
        found = Reading(current, recorded["statusReplicas"], pods, readings(hpa, step["metrics"], now))
        asked = recommend(hpa, found, memory, now)
        conditions = {one.type: [one.status, one.reason] for one in asked.conditions}
        assert (asked.replicas, judged(conditions)) == (step["desired"], judged(step["conditions"])), asked.reasons
        memory, current = asked.memory, asked.replicas


def judged(conditions: dict[str, list[str]]) -> dict[str, list[str]]:
    """Without what an earlier step may have left in Kubernetes' list, and without the reason AbleToScale has after a change."""
    active = conditions.get("ScalingActive")
    if active is None or active[0] == "False":
        return {"ScalingActive": active} if active is not None else {}
    return {"ScalingActive": active, "ScalingLimited": conditions["ScalingLimited"]}


def pod(document: Any, leaving: list[str]) -> Pod:
    metadata = dict(document["metadata"])
    if metadata["name"] in leaving:
        metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    return pod_of(ONLY, {**document, "metadata": metadata})


def readings(hpa: FederatedHpa, metrics: dict[str, Any], now: datetime) -> tuple[MetricReading, ...]:
    """What a member would have answered; a metric of an object that is not there is a refusal."""
    return tuple(
        metric_reading(metric, {ONLY: tuple(metrics.get(field, ()))}, now)
        for metric in hpa.metrics
        for field, types in KEPT.items()
        if metric.type in types
    )
