"""The resources of a member, in the form of Karmada's `Cluster.status.resourceSummary` and `spec.resourceModels`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from reconciler.model.quantity import ZERO
from reconciler.model.workload import Resources

_PERCENT = 5
"""Of what a member has: smaller changes of its capacity are no news."""


@dataclass(frozen=True, slots=True)
class ResourceModel:
    """One grade of node sizes that a Cluster declares (`spec.resourceModels`)."""

    grade: int
    minimum: Resources
    """Free resources with which the grade begins; it ends where the next one begins."""


ResourceModels: TypeAlias = tuple[ResourceModel, ...]
"""Sorted by grade. The first begins at zero, so that every node has a grade; every grade has the same resources."""


@dataclass(frozen=True, slots=True)
class NodeGrade:
    """Nodes of about the same free size. Grades show how fragmented the free resources of a cluster are."""

    minimum: Resources
    """Free resources of the smallest node of the grade."""
    count: int
    """Number of nodes."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """Amounts by resource name, added up over the nodes."""

    allocatable: Resources = field(default_factory=dict)
    allocated: Resources = field(default_factory=dict)
    """Requested by running Pods."""
    allocating: Resources = field(default_factory=dict)
    """Requested by Pods that wait for a node."""
    grades: tuple[NodeGrade, ...] | None = None
    """Smallest grade first. None if nodes are not modelled, or if the models cannot be used."""


@dataclass(frozen=True, slots=True)
class Reserved:
    """Replicas that were decided for a member, and that no look at its capacity has seen."""

    replicas: int
    present_since: datetime | None = None
    """Since when the copy there is known to have all its Pods; None where it is not."""


def is_about(one: Capacity | None, other: Capacity | None) -> bool:
    """Whether no figure differs by more than 5 % of what the member has. The order does not matter."""
    if one is None or other is None:
        return one is other
    parts = ((one.allocatable, other.allocatable), (one.allocated, other.allocated), (one.allocating, other.allocating))
    for name in one.allocatable.keys() | other.allocatable.keys():
        whole = max(one.allocatable.get(name, ZERO).nanos, other.allocatable.get(name, ZERO).nanos)
        if any(_differs(before.get(name, ZERO).nanos, after.get(name, ZERO).nanos, whole) for before, after in parts):
            return False
    return _is_about_graded(one, other)


def _is_about_graded(one: Capacity, other: Capacity) -> bool:
    if one.grades is None or other.grades is None:
        return one.grades is other.grades
    before, after = _counts(one), _counts(other)
    nodes = max(before.total(), after.total())
    return not any(_differs(before[size], after[size], nodes) for size in before.keys() | after.keys())


def _counts(capacity: Capacity) -> Counter[tuple[tuple[str, int], ...]]:
    """Nodes by their least size."""
    counts: Counter[tuple[tuple[str, int], ...]] = Counter()
    for grade in capacity.grades or ():
        counts[tuple(sorted((name, amount.nanos) for name, amount in grade.minimum.items()))] += grade.count
    return counts


def _differs(before: int, after: int, whole: int) -> bool:
    return abs(after - before) * 100 > whole * _PERCENT
