"""HorizontalPodAutoscaler (autoscaling/v2). Each member scales independently; the aggregated status has the sums."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from reconciler.interpreter.go_types import check
from reconciler.interpreter.pod_references import Reference, reference
from reconciler.interpreter.rules import KindRules, ScalerLimits, StatusItems
from reconciler.interpreter.status_items import status_fields, sums, with_status
from reconciler.model.manifest import Manifest, mapping, text

_TYPE, _STATUS_TYPE = "HorizontalPodAutoscaler", "HorizontalPodAutoscalerStatus"
_COUNTERS = ("currentReplicas", "desiredReplicas")


def also_refers_to(manifest: Manifest) -> list[Reference]:
    """The workload that it scales."""
    target = mapping(manifest, "spec", "scaleTargetRef")
    kind, name, api_version = (text(target, field) for field in ("kind", "name", "apiVersion"))
    return [reference(kind, name, text(manifest, "metadata", "namespace"), api_version)] if kind and name else []


def reflect(manifest: Manifest) -> Mapping[str, Any] | None:
    return status_fields(manifest, _STATUS_TYPE, *_COUNTERS)


def aggregate(manifest: Manifest, items: StatusItems, now: datetime) -> Manifest:
    check(manifest, _TYPE)
    return with_status(manifest, _TYPE, sums(items, _STATUS_TYPE, *_COUNTERS))


RULES = KindRules(
    kind=_TYPE,
    groups=("autoscaling",),
    version="v2",
    also_refers_to=also_refers_to,
    reflect=reflect,
    aggregate=aggregate,
    limits=ScalerLimits(("spec", "minReplicas"), 1, ("spec", "maxReplicas")),
)
