"""The Pods of a copy that no node takes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler.model.descheduling import Waiting
from reconciler.observe.waiting_pods import lacks_replicas, pod_labels, waiting_of
from tests.support.builders import deployment


def live(replicas: int = 4, **status: Any) -> dict[str, Any]:
    document = deployment(replicas=replicas)
    document["metadata"]["generation"] = 2
    return document | {"status": {"observedGeneration": 2, "replicas": replicas} | status}


def pod(minute: int = 0, *, reason: str = "Unschedulable", **metadata: Any) -> dict[str, Any]:
    moment = f"2026-01-01T12:{minute:02}:00Z"
    condition = {"type": "PodScheduled", "status": "False", "reason": reason, "lastTransitionTime": moment}
    ready = {"type": "Ready", "status": "False", "reason": "Unschedulable", "lastTransitionTime": moment}
    return {"metadata": metadata, "status": {"conditions": [ready, condition]}}


@pytest.mark.parametrize(
    ("copy", "lacks"),
    [
        (live(readyReplicas=2), True),
        (live(), True),
        (live(readyReplicas=4), False),
        (live() | {"status": {"observedGeneration": 2, "replicas": 5, "readyReplicas": 2}}, False),  # A rollout.
        (live(readyReplicas=2, observedGeneration=1), False),  # The controller has not seen the number yet.
        (deployment(replicas=4), False),
    ],
)
def test_a_copy_lacks_replicas_only_when_nothing_changes_in_it(copy: dict[str, Any], lacks: bool) -> None:
    assert lacks_replicas(copy) is lacks


def test_pods_without_a_node_count_by_the_condition_that_the_scheduler_sets() -> None:
    pods = [pod(3), pod(1), pod(0, reason="SchedulingGated"), pod(0, deletionTimestamp="2026-01-01T12:09:00Z"), {"status": {}}]
    found = waiting_of(live(readyReplicas=1), pods)
    assert found == Waiting(4, 1, (datetime(2026, 1, 1, 12, 1, tzinfo=UTC), datetime(2026, 1, 1, 12, 3, tzinfo=UTC)))
    assert waiting_of(live(), pods[2:]) is None


def test_its_pods_are_selected_as_its_controller_selects_them() -> None:
    expressions = [
        {"key": "tier", "operator": "In", "values": ["a", "b"]},
        {"key": "old", "operator": "NotIn", "values": ["yes"]},
        {"key": "x", "operator": "Exists"},
        {"key": "y", "operator": "DoesNotExist"},
    ]
    selector = {"matchLabels": {"app": "web"}, "matchExpressions": expressions}
    document = {"spec": {"selector": selector}}
    assert pod_labels(document) == "app=web,tier in (a,b),old notin (yes),x,!y"
