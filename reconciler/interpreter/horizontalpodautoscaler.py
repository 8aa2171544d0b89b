"""HorizontalPodAutoscaler (autoscaling/v2). Each member scales for itself; together they run the sum."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from reconciler.interpreter.rules import KindRules, StatusItems
from reconciler.interpreter.status_items import sums, typed_status, with_status
from reconciler.interpreter.typed import check
from reconciler.model.manifest import Manifest

_TYPE, _STATUS_TYPE = "HorizontalPodAutoscaler", "HorizontalPodAutoscalerStatus"
_COUNTERS = ("currentReplicas", "desiredReplicas")


def reflect(manifest: Manifest) -> Mapping[str, Any] | None:
    return typed_status(manifest, _STATUS_TYPE, *_COUNTERS)


def aggregate(manifest: Manifest, items: StatusItems, now: datetime) -> Manifest:
    check(manifest, _TYPE)
    return with_status(manifest, _TYPE, sums(items, _STATUS_TYPE, *_COUNTERS))


RULES = KindRules(kind=_TYPE, groups=("autoscaling",), version="v2", reflect=reflect, aggregate=aggregate)
