"""HorizontalPodAutoscaler: Degraded if it cannot read its target or its metrics.

The v1 API has no conditions; the API server stores them as JSON in an annotation.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.interpreter.argo_health.checks import DEGRADED, HEALTHY, PROGRESSING
from reconciler.interpreter.conditions import conditions_of
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.health import ArgoHealth
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
"""Type of a condition → the reasons that mean a failure, whatever its status."""


def autoscaler_v2(manifest: Manifest) -> ArgoHealth:
    return _by_conditions((one.type, one.status, one.reason, one.message) for one in conditions_of(manifest))


def autoscaler_v1(manifest: Manifest) -> ArgoHealth:
    """Raises MalformedObjectError for an annotation that cannot be read."""
    annotation = annotations_of(manifest).get(CONDITIONS_ANNOTATION, "null")
    try:
        conditions = json.loads(annotation)
    except (TypeError, ValueError):
        raise MalformedObjectError(f"annotation {CONDITIONS_ANNOTATION} is not JSON") from None
    if not isinstance(conditions, (list, type(None))) or not all(
        isinstance(one, (Mapping, type(None))) for one in conditions or ()
    ):
        raise MalformedObjectError(f"annotation {CONDITIONS_ANNOTATION} is not a list of conditions")
    return _by_conditions(_texts(one) for one in conditions or ())


def _texts(condition: Any) -> tuple[str, str, str, str]:
    return text(condition, "type"), text(condition, "status"), text(condition, "reason"), text(condition, "message")


def _by_conditions(conditions: Iterable[tuple[str, str, str, str]]) -> ArgoHealth:
    """Degraded if any condition shows a failure: it may scale by one metric while it cannot read another."""
    items = list(conditions)
    for kind, _, reason, message in items:
        if reason in _FAILURES.get(kind, ()):
            return ArgoHealth(DEGRADED, message)
    for kind, status, _, message in items:
        if kind in ("AbleToScale", "ScalingLimited") and status == "True":
            return ArgoHealth(HEALTHY, message)
    return ArgoHealth(PROGRESSING, "it has not scaled anything yet")
