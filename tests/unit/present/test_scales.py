"""What autoscalers made of workloads, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.condition import Condition
from reconciler.model.recorded import RecordedState
from reconciler.model.scale import RecordedScale
from reconciler.present.scales import explained_scale, scale_document, scale_lines
from tests.unit.pipeline.test_scales import HPA, SINCE, WEB

SCALE = RecordedScale(
    WEB, HPA, replicas=10, since=SINCE, reasons=("cpu: 180 % of the requests", "14 → 10: limited by maxReplicas")
)
LOST = Condition("ScalingActive", "False", SINCE, "FailedGetResourceMetric", "cpu: m1 does not serve it")
LIMITED = Condition("ScalingLimited", "False", SINCE, "DesiredWithinRange", "")
BY = "FederatedHPA.autoscaling.karmada.io shop/web"


def test_explain_tells_the_number_its_arithmetic_and_what_hinders() -> None:
    scale = replace(SCALE, conditions=(LOST, LIMITED))
    assert list(explained_scale(scale_document(scale))) == [
        f"to 10 by {BY}, since 2026-01-01T00:00:00Z",
        "cpu: 180 % of the requests",
        "14 → 10: limited by maxReplicas",
        "ScalingActive is False (FailedGetResourceMetric): cpu: m1 does not serve it",
    ]
    assert list(explained_scale(None)) == []
    assert next(explained_scale(scale_document(replace(SCALE, since=None)))) == f"to 10 by {BY}"  # Of a lost record.
    assert next(explained_scale(scale_document(RecordedScale(WEB, HPA)))) == f"{BY} leaves the number of the file"


@pytest.mark.parametrize(
    ("scale", "line"),
    [
        (SCALE, f"Deployment.apps shop/web: replicas 10 by {BY}"),
        (
            replace(SCALE, replicas=None, conditions=(LOST,)),
            f"Deployment.apps shop/web: the number of its file by {BY}, FailedGetResourceMetric: cpu: m1 does not serve it",
        ),
        (RecordedScale(HPA, HPA, minimum=2, maximum=9), f"{BY}: minReplicas 2 maxReplicas 9 by {BY}"),
    ],
    ids=["scaled", "lost", "limits"],
)
def test_status_has_a_line_for_each(scale: RecordedScale, line: str) -> None:
    state = RecordedState(scales={scale.key: scale})
    assert list(scale_lines(state)) == list(scale_lines(state, "shop")) == [line]
    assert list(scale_lines(state, "other")) == []
