"""The Pods of a copy that no node takes. Pure.

As in Karmada's estimator, a Pod counts whose condition PodScheduled is False with the reason Unschedulable. A copy is judged only
while it has the number of Pods that it asks for: during a rollout, some are of the version before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from reconciler.model.cluster import parse_moment
from reconciler.model.descheduling import Waiting
from reconciler.model.manifest import Manifest, get, mapping, sequence, text


def lacks_replicas(live: Manifest) -> bool:
    """Whether fewer Pods of a Deployment are ready than it asks for, and it is not in the middle of a change."""
    wanted, status = get(live, "spec", "replicas"), mapping(live, "status")
    if not isinstance(wanted, int) or get(status, "observedGeneration") != get(live, "metadata", "generation"):
        return False
    return get(status, "replicas", default=0) == wanted and _count(status, "readyReplicas") < wanted


def pod_labels(live: Manifest) -> str:
    """The selector of its Pods, as in a query of the Kubernetes API."""
    selector = mapping(live, "spec", "selector")
    parts = [f"{key}={value}" for key, value in sorted(mapping(selector, "matchLabels").items())]
    return ",".join([*parts, *map(_requirement, sequence(selector, "matchExpressions"))])


def waiting_of(live: Manifest, pods: Iterable[Manifest]) -> Waiting | None:
    """None where every Pod has a node. pods: those of the copy that are Pending."""
    since = sorted(moment for pod in pods if (moment := _unschedulable_since(pod)) is not None)
    if not since:
        return None
    return Waiting(int(get(live, "spec", "replicas")), _count(mapping(live, "status"), "readyReplicas"), tuple(since))


def _unschedulable_since(pod: Manifest) -> datetime | None:
    if text(pod, "metadata", "deletionTimestamp"):
        return None
    for condition in sequence(pod, "status", "conditions"):
        kind = tuple(text(condition, field) for field in ("type", "status", "reason"))
        if kind == ("PodScheduled", "False", "Unschedulable"):
            return parse_moment(text(condition, "lastTransitionTime"))
    return None


def _requirement(document: Mapping[str, Any]) -> str:
    key, operator, values = text(document, "key"), text(document, "operator"), ",".join(sequence(document, "values"))
    return {"In": f"{key} in ({values})", "NotIn": f"{key} notin ({values})", "Exists": key}.get(operator, f"!{key}")


def _count(status: Manifest, field: str) -> int:
    count = get(status, field, default=0)
    return count if isinstance(count, int) else 0
