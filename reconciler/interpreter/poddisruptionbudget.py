"""PodDisruptionBudget (policy/v1). It is always Current, because its controller reports no failures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from reconciler.interpreter.conditions import always_current
from reconciler.interpreter.go_types import check
from reconciler.interpreter.rules import KindRules, StatusItems
from reconciler.interpreter.status_items import count_at, normalized_reports, status_fields, sums, with_status
from reconciler.model.manifest import Manifest, mapping

_TYPE, _STATUS_TYPE = "PodDisruptionBudget", "PodDisruptionBudgetStatus"
_COUNTERS = ("currentHealthy", "desiredHealthy", "expectedPods", "disruptionsAllowed")


def healthy(manifest: Manifest) -> bool:
    check(manifest, _TYPE)
    status = mapping(manifest, "status")
    return count_at(status, "currentHealthy") >= count_at(status, "desiredHealthy")


def reflect(manifest: Manifest) -> Mapping[str, Any] | None:
    return status_fields(manifest, _STATUS_TYPE, *_COUNTERS, "disruptedPods")


def aggregate(manifest: Manifest, items: StatusItems, now: datetime) -> Manifest:
    """The template with sums, and all disrupted Pods with the names of their members. Replaces the whole old status."""
    check(manifest, _TYPE)
    disrupted = {
        f"{cluster}/{pod}": since
        for cluster, status in normalized_reports(items, _STATUS_TYPE)
        for pod, since in mapping(status, "disruptedPods").items()
    }
    return with_status(manifest, _TYPE, {**sums(items, _STATUS_TYPE, *_COUNTERS), "disruptedPods": disrupted})


RULES = KindRules(
    kind=_TYPE,
    groups=("policy",),
    health=always_current,
    healthy=healthy,
    reflect=reflect,
    aggregate=aggregate,
)
