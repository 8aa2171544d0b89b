"""HorizontalPodAutoscaler: whether it can read its target and its metrics.

The v1 API has no conditions; its server keeps them as JSON in an annotation.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.interpreter.argo_health.checks import DEGRADED, HEALTHY, PROGRESSING
from reconciler.interpreter.conditions import conditions_of
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.health import Opinion
from reconciler.model.manifest import Manifest, annotations_of, text

CONDITIONS_ANNOTATION = "autoscaling.alpha.kubernetes.io/conditions"
_FAILURES = {
    "AbleToScale": frozenset({"FailedGetScale", "FailedUpdateScale"}),
    "ScalingActive": frozenset({
        "FailedGetResourceMetric",
        "FailedGetObjectMetric",
        "FailedGetPodsMetric",
        "FailedGetExternalMetric",
        "FailedComputeMetricsReplicas",
        "InvalidSelector",
    }),
}  # fmt: skip
"""Type of condition → reasons that mean trouble, whatever its status."""


def judge_v2(manifest: Manifest) -> Opinion:
    return _by_conditions((one.type, one.status, one.reason, one.message) for one in conditions_of(manifest))


def judge_v1(manifest: Manifest) -> Opinion:
    """Raises MalformedObjectError for an annotation that cannot be read."""
    written = annotations_of(manifest).get(CONDITIONS_ANNOTATION, "null")
    try:
        conditions = json.loads(written)
    except (TypeError, ValueError):
        raise MalformedObjectError(f"annotation {CONDITIONS_ANNOTATION} is no JSON") from None
    if not isinstance(conditions, (list, type(None))) or not all(
        isinstance(one, (Mapping, type(None))) for one in conditions or ()
    ):
        raise MalformedObjectError(f"annotation {CONDITIONS_ANNOTATION} is no list of conditions")
    return _by_conditions(_texts(one) for one in conditions or ())


def _texts(condition: Any) -> tuple[str, str, str, str]:
    return text(condition, "type"), text(condition, "status"), text(condition, "reason"), text(condition, "message")


def _by_conditions(conditions: Iterable[tuple[str, str, str, str]]) -> Opinion:
    """Trouble anywhere outweighs what works: it may scale by one metric while another cannot be read."""
    known = list(conditions)
    for kind, _, reason, message in known:
        if reason in _FAILURES.get(kind, ()):
            return Opinion(DEGRADED, message)
    for kind, status, _, message in known:
        if kind in ("AbleToScale", "ScalingLimited") and status == "True":
            return Opinion(HEALTHY, message)
    return Opinion(PROGRESSING, "nothing has been scaled yet")
