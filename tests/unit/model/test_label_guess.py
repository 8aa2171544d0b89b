"""Which label nothing has."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.label_guess import missing_label
from reconciler.model.selector import LabelSelector


@pytest.mark.parametrize(
    ("selector", "said"),
    [
        ({"matchLabels": {"app": "w22"}}, "No Deployment has the label app=w22."),
        ({"matchLabels": {"app": "web", "zone": "a"}}, "No Deployment has the label zone=a."),
        (
            {"matchExpressions": [{"key": "app", "operator": "In", "values": ["x", "y"]}]},
            "No Deployment has the label app=x or y.",
        ),
        ({"matchExpressions": [{"key": "zone", "operator": "Exists"}]}, "No Deployment has the label zone."),
        ({"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}, "No Deployment meets !tier."),
        ({"matchLabels": {"app": "web", "tier": "back"}}, "No Deployment meets all of app=web,tier=back."),
        (None, ""),
    ],
)
def test_the_first_requirement_that_nothing_meets(selector: Any, said: str) -> None:
    labelled = [{"app": "web", "tier": "front"}, {"app": "api", "tier": "back"}]
    assert missing_label(LabelSelector.parse(selector), labelled, "Deployment") == said
