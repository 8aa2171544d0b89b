"""What Nodes and Pods come to as the capacity of a member (Karmada pkg/controllers/status/cluster_status_controller.go).

Allocatable is the sum over all Nodes, also of those that are not ready or cordoned, as in Karmada. Allocated is what Pods with a
node request, allocating what Pods without one request; Pods that have ended on a node count for nothing. Only requests count.
Each sum has the number of Pods, too. The grade of a Node is the lowest one over the resources of the models, by what its Pods
leave free.

Objects are added one by one and not kept: of a Pod, a few numbers of its node remain, so the memory that this takes depends on
the number of Nodes alone.

Two slips of Karmada's are not repeated: a Node without a free Pod is left out of the grades, but those after it are not; and an
init container counts within its own Pod, not against the sum of all Pods before it. The overhead of a Pod counts, as it does for
the scheduler of its cluster.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping

from reconciler.interpreter.pod_requirements import quantity_of, requested_by
from reconciler.model.capacity import Capacity, NodeGrade, ResourceModels
from reconciler.model.manifest import Manifest, mapping, text
from reconciler.model.quantity import ZERO, Quantity
from reconciler.model.workload import Resources

_ENDED = frozenset({"Succeeded", "Failed"})
_ALWAYS = ("cpu", "ephemeral-storage", "memory", "pods")
"""Resources that are in every sum over Pods, also if it is zero."""


class ResourceSummary:
    """Add all Nodes and all Pods of a member, in any order; then ask for the capacity."""

    def __init__(self) -> None:
        self._nodes: dict[str, dict[str, Quantity]] = {}
        """Name → what is allocatable."""
        self._pods: dict[str, Counter[str]] = {}
        """Name of a node → what its Pods request; empty: Pods without a node."""

    @property
    def nodes(self) -> int:
        """How many were added."""
        return len(self._nodes)

    def add_node(self, node: Manifest) -> None:
        """Raises QuantityError."""
        allocatable = mapping(node, "status", "allocatable")
        self._nodes[text(node, "metadata", "name")] = {name: Quantity.from_json(value) for name, value in allocatable.items()}

    def add_pod(self, pod: Manifest) -> None:
        """Raises QuantityError."""
        node = text(pod, "spec", "nodeName")
        if node and text(pod, "status", "phase") in _ENDED:
            return
        amounts = self._pods.setdefault(node, Counter())
        amounts.update(requested_by(mapping(pod, "spec")))
        amounts["pods"] += 1

    def capacity(self, models: ResourceModels) -> Capacity:
        """models: of the Cluster; without any, nodes are not sorted by size."""
        allocated: Counter[str] = Counter()
        for node, amounts in self._pods.items():
            if node:
                allocated.update(amounts)
        return Capacity(
            allocatable=self._allocatable(),
            allocated=_resources(allocated),
            allocating=_resources(self._pods.get("", Counter())),
            grades=self._grades(models) if models else None,
        )

    def _allocatable(self) -> Resources:
        total: dict[str, Quantity] = {}
        for node in self._nodes.values():
            for name, quantity in node.items():
                total[name] = total.get(name, ZERO) + quantity
        return total

    def _grades(self, models: ResourceModels) -> tuple[NodeGrade, ...]:
        """The grades that have nodes, smallest first."""
        names = list(models[0].minimum)
        borders = {name: [model.minimum.get(name, ZERO).nanos for model in models] for name in names}
        counts: Counter[int] = Counter()
        for node, allocatable in self._nodes.items():
            used = self._pods.get(node, Counter())
            if allocatable.get("pods", ZERO).value <= used["pods"] and used["pods"]:
                continue  # Nothing more can be put onto it.
            free = {name: (allocatable.get(name, ZERO) - quantity_of(name, used[name])).nanos for name in names}
            grade = min((bisect_right(borders[name], free[name]) - 1 for name in names), default=0)
            if grade >= 0:  # Else more is requested than there is.
                counts[grade] += 1
        return tuple(NodeGrade(models[grade].minimum, counts[grade]) for grade in sorted(counts))


def _resources(amounts: Mapping[str, int]) -> Resources:
    return {name: quantity_of(name, amounts.get(name, 0)) for name in sorted({*_ALWAYS, *amounts})}
