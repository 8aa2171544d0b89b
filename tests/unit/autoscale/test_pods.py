"""What API servers of members return, as parts of a reading."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from reconciler.autoscale.pods import metric_reading, pod_of
from reconciler.autoscale.reading import PodName
from reconciler.model.keys import ClusterName
from tests.unit.autoscale.shapes import CPU, NOW, hpa

M1, M2 = ClusterName("m1"), ClusterName("m2")
(METRIC,) = hpa([CPU]).metrics


def item(cpu: str = "5m", window: str = "30s") -> dict[str, Any]:
    containers = [{"name": "main", "usage": {"cpu": cpu}}]
    return {"metadata": {"name": "web"}, "timestamp": "2026-01-01T11:59:50Z", "window": window, "containers": containers}


@pytest.mark.parametrize(
    ("window", "seconds"), [("30s", 30), ("1m0.5s", 60.5), ("500ms", 0.5), ("1h2m3s", 3723), ("soon", 0), ("", 0), ("-3s", 0)]
)
def test_windows_are_durations_of_go(window: str, seconds: float) -> None:
    read = metric_reading(METRIC, {M1: (item(window=window),)}, NOW)
    assert read.samples[PodName(M1, "web")].window == timedelta(seconds=seconds)


def test_pods_of_one_name_in_two_members_are_two() -> None:
    read = metric_reading(METRIC, {M1: (item("5m"),), M2: (item("2"),)}, NOW)
    assert {name: one.value for name, one in read.samples.items()} == {PodName(M1, "web"): 5, PodName(M2, "web"): 2000}


def test_a_member_without_metrics_does_not_hide_the_others() -> None:
    assert metric_reading(METRIC, {M1: "m1 does not serve it", M2: (item(),)}, NOW).error == ""
    assert metric_reading(METRIC, {M1: "m1 does not serve it", M2: ()}, NOW).error == "m1: m1 does not serve it"
    assert metric_reading(METRIC, {M1: (), M2: ()}, NOW).error == "no metrics were returned"


def test_a_metric_of_an_object_is_unknown_where_a_member_does_not_answer() -> None:
    """A part of the sum would be taken for less load."""
    described = {"apiVersion": "v1", "kind": "Service", "name": "web"}
    target = {"type": "Value", "value": "10"}
    (queue,) = hpa(
        [{"type": "Object", "object": {"describedObject": described, "metric": {"name": "queue"}, "target": target}}]
    ).metrics
    some = ({"value": "5"},)
    assert metric_reading(queue, {M1: some, M2: some}, NOW).value == 10_000
    assert metric_reading(queue, {M1: some, M2: ()}, NOW).value == 5000  # It does not have the object.
    assert metric_reading(queue, {M1: some, M2: "no answer"}, NOW).error == "m2: no answer; what the object has there is unknown"
    assert metric_reading(queue, {M1: (), M2: ()}, NOW).error == "no member has the metric"


def test_what_is_no_number_or_no_time_is_left_out() -> None:
    assert metric_reading(METRIC, {M1: (item("much"),)}, NOW).samples == {}
    pod = pod_of(M1, {"metadata": {"name": "web"}, "status": {"startTime": "yesterday", "phase": "Running"}})
    assert (pod.started, pod.ready, pod.requests) == (None, None, {})


def test_a_limit_counts_as_the_request_that_is_missing() -> None:
    containers = [{"name": "main", "resources": {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "250m"}}}]
    pod = pod_of(M1, {"metadata": {"name": "web"}, "spec": {"containers": containers}})
    assert pod.requests == {"main": {"cpu": 250, "memory": 1024**3 * 1000}}
