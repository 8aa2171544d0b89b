"""What a member has, and what of it is requested, as the last sync recorded it."""

from __future__ import annotations

from typing import Any

from reconciler.model.capacity import Capacity
from reconciler.model.condition import CAPACITY_OBSERVED, condition_of
from reconciler.model.quantity import ZERO
from reconciler.model.recorded import RecordedCluster

_SHOWN = ("cpu", "memory", "pods")


def capacity_text(capacity: Capacity | None) -> str:
    """Such as `cpu 20500m/96, memory 0/768Gi, pods 12/6k`; empty where it is not known."""
    if capacity is None:
        return ""
    parts = []
    for name in _SHOWN:
        requested = capacity.allocated.get(name, ZERO) + capacity.allocating.get(name, ZERO)
        parts.append(f"{name} {requested.canonical}/{capacity.allocatable.get(name, ZERO).canonical}")
    return ", ".join(parts)


def capacity_document(capacity: Capacity | None) -> dict[str, Any] | None:
    """As `status.resourceSummary` of a Karmada Cluster; the grades with the least free amounts of their nodes. None where it is
    not known."""
    if capacity is None:
        return None
    parts = {"allocatable": capacity.allocatable, "allocated": capacity.allocated, "allocating": capacity.allocating}
    amounts = {part: {name: str(amount) for name, amount in sorted(found.items())} for part, found in parts.items()}
    grades = [
        {"count": grade.count, "min": {name: str(amount) for name, amount in sorted(grade.minimum.items())}}
        for grade in capacity.grades or ()
    ]
    return {**amounts, "nodes": None if capacity.grades is None else grades}


def capacity_unknown_text(cluster: RecordedCluster) -> str:
    """Why the capacity of a member is not known although a policy uses it, and what to do; empty where nothing is wrong."""
    refused = condition_of(cluster.conditions, CAPACITY_OBSERVED)
    return f"its capacity is not known: {refused.message}" if refused is not None else ""
