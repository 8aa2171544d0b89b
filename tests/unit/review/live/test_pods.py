from __future__ import annotations

from typing import Any

import pytest

from reconciler.review.live.pods import pod_selector


@pytest.mark.parametrize(
    ("selector", "labels"),
    [
        ({"matchLabels": {"b": "2", "a": "1"}}, "a=1,b=2"),
        ({"matchExpressions": [{"key": "tier", "operator": "In", "values": ["x", "y"]}]}, "tier in (x,y)"),
        ({"app": "web", "tier": "front"}, "app=web,tier=front"),
        ({}, ""),
        (None, ""),
    ],
)
def test_the_labels_of_the_pods_of_an_object(selector: Any, labels: str) -> None:
    assert pod_selector({"kind": "Any", "spec": {"selector": selector}}) == labels
