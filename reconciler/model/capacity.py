"""The resources of a member, in the form of Karmada's `Cluster.status.resourceSummary` and `spec.resourceModels`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from reconciler.model.workload import Resources


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
