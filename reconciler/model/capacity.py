"""How much a member has, as Karmada's agents sum it up (`Cluster.status.resourceSummary`, `spec.resourceModels`)."""

from __future__ import annotations

from dataclasses import dataclass, field

from reconciler.model.workload import Resources


@dataclass(frozen=True, slots=True)
class NodeGrade:
    """Nodes that are about as large, counted: a cluster's free room without its fragments."""

    minimum: Resources
    """What the smallest node of the grade has free."""
    count: int


@dataclass(frozen=True, slots=True)
class Capacity:
    allocatable: Resources = field(default_factory=dict)
    allocated: Resources = field(default_factory=dict)
    """Requested by pods that run."""
    allocating: Resources = field(default_factory=dict)
    """Requested by pods that wait for a node."""
    grades: tuple[NodeGrade, ...] | None = None
    """From the smallest grade up. None: nodes are not modelled, or not so that one could count with them."""
