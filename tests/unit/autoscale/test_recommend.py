"""The arithmetic of a FederatedHPA: formulas of Kubernetes, and Karmada's factor for several clusters."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconciler.autoscale.normalize import Memory
from reconciler.autoscale.reading import MetricReading, Reading
from reconciler.autoscale.recommend import Recommendation, recommend
from reconciler.model.condition import condition_of
from tests.unit.autoscale.shapes import CPU, NOW, hpa, pods, reading, used

AT_ONCE = {"scaleDown": {"stabilizationWindowSeconds": 0}}


def ask(read: Reading, **options: Any) -> Recommendation:
    return recommend(hpa(**options), read, Memory(), NOW)


def at(value: int, count: int = 4, cluster: str = "m1", **counts: int) -> Reading:
    """Pods that request 100m each and use this much."""
    some = pods(count, cluster)
    return reading(some, MetricReading(used(some, value)), **counts)


@pytest.mark.parametrize(
    ("value", "replicas"),
    [(80, 4), (87, 4), (88, 4), (89, 5), (73, 4), (72, 4), (71, 4), (160, 8), (400, 8), (20, 1), (0, 1)],
)
def test_ratio_times_ready_pods_rounded_up_outside_of_the_tolerance(value: int, replicas: int) -> None:
    assert ask(at(value), **AT_ONCE).replicas == replicas


def test_the_sum_over_clusters_counts_as_one() -> None:
    one, other = pods(4, "m1"), pods(2, "m2")
    read = reading(one + other, MetricReading(used(one, 180) | used(other, 180)))
    asked = ask(read, most=10)
    assert asked.replicas == 10
    assert asked.reasons == (
        "cpu: 180 % of the requests, target 80 %, over 6 Pods: 6 × 2.25 → 14",
        "14 → 10: limited by maxReplicas",
    )


@pytest.mark.parametrize(("replicas", "spec", "wanted"), [(4, 8, 8), (8, 8, 16), (16, 8, 32), (2, 8, 4)])
def test_calibration_is_replicas_of_members_for_each_of_the_template(replicas: int, spec: int, wanted: int) -> None:
    """Twice the load asks for twice the number of the template, whatever the members hold for it: 8 Pods here."""
    assert ask(at(160, 8, replicas=replicas, spec=spec)).replicas == wanted


def test_pods_without_metrics_soften_the_change_and_never_turn_it() -> None:
    some = pods(4)
    up = reading(some, MetricReading(used(some[:2], 160)))  # 2 at 160 %, 2 as 0 → 80 %
    assert ask(up).replicas == 4
    assert ask(replace(up, metrics=(MetricReading(used(some[:3], 160)),))).replicas == 6
    down = reading(some, MetricReading(used(some[:2], 40)))  # 2 at 40 %, 2 as 100 % → 70 %
    assert ask(down, **AT_ONCE).replicas == 4
    down = reading(some, MetricReading(used(some[:3], 20)))
    assert ask(down, **AT_ONCE).replicas == 2
    assert "1 Pod without metrics at the full value" in ask(down, **AT_ONCE).reasons[0]


def test_unready_pods_count_as_0_where_replicas_are_added() -> None:
    some, pending = pods(2), pods(2, phase="Pending")
    read = reading(some + pending, MetricReading(used(some, 200)))
    assert ask(read).replicas == 5
    assert "2 Pods not ready as 0" in ask(read).reasons[0]
    assert ask(reading(some + pending, MetricReading(used(some, 40))), **AT_ONCE).replicas == 1


def test_failed_and_terminating_pods_do_not_count() -> None:
    some, gone = pods(2), pods(1, phase="Failed")
    leaving = tuple(replace(pod, terminating=True) for pod in pods(1, "m2"))
    everyone = some + gone + leaving
    assert ask(reading(everyone, MetricReading(used(everyone, 160)), replicas=2, spec=2)).replicas == 4


def test_cpu_of_a_pod_that_starts_does_not_count() -> None:
    fresh = tuple(replace(pod, started=NOW - timedelta(minutes=1)) for pod in pods(2, ready="False"))
    read = reading(pods(2) + fresh, MetricReading(used(pods(2), 100) | used(fresh, 1000)))
    assert ask(read).replicas == 4


def test_memory_of_a_pod_that_starts_counts() -> None:
    target = {"type": "AverageValue", "averageValue": "100m"}
    metric = {"type": "Resource", "resource": {"name": "memory", "target": target}}
    fresh = tuple(replace(pod, started=NOW - timedelta(minutes=1)) for pod in pods(2, ready="False"))
    assert ask(reading(fresh, MetricReading(used(fresh, 200))), metrics=[metric]).replicas == 4


def test_the_metric_that_asks_for_most_counts_and_a_missing_one_keeps_replicas() -> None:
    some, two = pods(4), [CPU, {"type": "Pods", "pods": {"metric": {"name": "hits"}, "target": average(10)}}]
    low, high, lost = MetricReading(used(some, 40)), MetricReading(used(some, 20000)), MetricReading(error="m1: not served")
    assert ask(reading(some, low, high), metrics=two, **AT_ONCE).replicas == 8
    assert ask(reading(some, lost, high), metrics=two, **AT_ONCE).replicas == 8
    kept = ask(reading(some, low, lost), metrics=two, **AT_ONCE)
    assert kept.replicas == 4
    active = condition_of(kept.conditions, "ScalingActive")
    assert active is not None
    assert (active.status, active.reason) == ("False", "FailedGetPodsMetric")
    assert "m1: not served" in active.message
    assert ask(reading(some, lost, lost), metrics=two).replicas == 4


def average(value: int) -> dict[str, Any]:
    return {"type": "AverageValue", "averageValue": str(value)}


def test_metrics_of_objects() -> None:
    described = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "name": "web"}

    def of(target: dict[str, Any]) -> list[Any]:
        return [{"type": "Object", "object": {"describedObject": described, "metric": {"name": "hits"}, "target": target}}]

    read = reading(pods(4), MetricReading(value=30_000))
    assert ask(read, metrics=of({"type": "Value", "value": "10"})).replicas == 8  # 12, limited by speed.
    assert ask(read, metrics=of(average(5))).replicas == 6
    assert ask(read, metrics=of(average(7))).replicas == 4
    twice = replace(read, calibration=2.0, status_replicas=8)
    assert ask(twice, metrics=of(average(2))).replicas == 8
    settled = replace(read, calibration=2.0, status_replicas=8, replicas=4)
    assert ask(settled, metrics=of({"type": "AverageValue", "averageValue": "3750m"})).replicas == 4  # 8 Pods, as it should be.


def test_0_replicas_turn_scaling_off_and_limits_hold_without_metrics() -> None:
    off = ask(Reading(0, 0, (), ()), metrics=[])
    assert off.replicas == 0
    found = condition_of(off.conditions, "ScalingActive")
    assert found is not None
    assert found.reason == "ScalingDisabled"
    assert ask(at(80, 4), least=6).replicas == 6
    assert ask(at(80, 4), most=3).replicas == 3


def test_a_scale_that_cannot_be_read_changes_nothing() -> None:
    asked = ask(Reading(4, 0, (), (), error="m1 does not answer"))
    assert asked.replicas == 4
    assert [(one.type, one.status, one.reason) for one in asked.conditions] == [("AbleToScale", "False", "FailedGetScale")]


def test_a_new_process_removes_nothing_before_the_window_is_over() -> None:
    memory, wanted = Memory(), hpa()
    for seconds in (0, 15, 299):
        asked = recommend(wanted, at(20), memory, NOW + timedelta(seconds=seconds))
        memory = asked.memory
        assert asked.replicas == 4
        assert "the highest recommendation of the last 300 s counts" in asked.reasons[-1]
    assert recommend(wanted, at(20), memory, NOW + timedelta(seconds=301)).replicas == 1


def test_policies_limit_what_changes_within_their_period() -> None:
    slow = {"scaleUp": {"policies": [{"type": "Pods", "value": 2, "periodSeconds": 60}]}}
    wanted, memory = hpa(**slow), Memory()
    asked = recommend(wanted, at(800, 4), memory, NOW)
    assert (asked.replicas, asked.reasons[-1]) == (6, "40 → 6: limited by the policies of behavior")
    again = recommend(wanted, at(800, 6), asked.memory, NOW + timedelta(seconds=30))
    assert again.replicas == 6
    assert recommend(wanted, at(800, 6), again.memory, NOW + timedelta(seconds=61)).replicas == 8


@pytest.mark.parametrize("direction", ["scaleUp", "scaleDown"])
def test_a_direction_can_be_turned_off(direction: str) -> None:
    off = {direction: {"selectPolicy": "Disabled", "stabilizationWindowSeconds": 0}}
    assert ask(at(800 if direction == "scaleUp" else 8), **off).replicas == 4


def test_tolerance_of_a_direction() -> None:
    strict = {"scaleUp": {"tolerance": "0"}, "scaleDown": {"stabilizationWindowSeconds": 0, "tolerance": "500m"}}
    assert ask(at(81), **strict).replicas == 5
    assert ask(at(41), **strict).replicas == 4
