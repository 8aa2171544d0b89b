"""How many replicas fit into a member, told from its recorded capacity (Karmada pkg/estimator/client/general.go).

An estimate without a look at the nodes: what is allocatable, less what is taken or waits for a node. Where the member's nodes
are modelled by grades, each counts as a node of its grade's smallest size with at most 110 pods, which sees fragments.
Amounts are counted in whole units, CPU in thousandths. Results are 32-bit integers, as Karmada's are.
"""

from __future__ import annotations

from reconciler.model.capacity import Capacity, NodeGrade
from reconciler.model.quantity import ZERO, Quantity
from reconciler.model.workload import Resources

PODS_PER_NODE = 110
UNBOUNDED = (1 << 31) - 1
"""Room that is not looked at: for objects without a count."""


def replicas_that_fit(capacity: Capacity | None, requirements: Resources | None) -> int:
    """How many more replicas there is room for; 0 where nothing is known."""
    pods = free_pods(capacity) if capacity is not None else 0
    if capacity is None or pods <= 0:
        return 0
    if requirements is None:
        return as_int32(pods)
    if capacity.grades is not None:
        return as_int32(min(pods, sum(grade.count * _on_one_node(grade, requirements) for grade in capacity.grades)))
    return as_int32(min([pods, *_by_summary(capacity, requirements)]))


def free_pods(capacity: Capacity) -> int:
    parts = (capacity.allocatable, capacity.allocated, capacity.allocating)
    allocatable, allocated, allocating = (part.get("pods", ZERO).value for part in parts)
    return max(0, allocatable - allocated - allocating)


def free(capacity: Capacity, name: str) -> Quantity:
    """What is left of a resource; below zero where more was promised than there is."""
    left = capacity.allocatable.get(name, ZERO)
    for part in (capacity.allocated, capacity.allocating):
        if name in part:
            left = left - part[name]
    return left


def units(name: str, quantity: Quantity) -> int:
    """Thousandths of CPU, whole units of anything else, rounded up."""
    return quantity.milli_value if name == "cpu" else quantity.value


def as_int32(number: int) -> int:
    """Karmada counts replicas in 32 bits, and beyond them as the machine does."""
    return (number + (1 << 31)) % (1 << 32) - (1 << 31)


def is_countable(name: str) -> bool:
    """Whether nodes account for a resource: the native ones, extended ones, huge pages, attachable volumes."""
    return name in _NATIVE or ("/" in name and not name.startswith("requests.")) or name.startswith(_PREFIXES)


_NATIVE = frozenset({"cpu", "memory", "ephemeral-storage", "pods"})
_PREFIXES = ("hugepages-", "attachable-volumes-")


def _by_summary(capacity: Capacity, requirements: Resources) -> list[int]:
    """For each resource asked for, how many replicas it allows; one that the member does not have allows none."""
    bounds = []
    for name, wanted in requirements.items():
        if wanted.value <= 0:
            continue
        left = free(capacity, name)
        if name not in capacity.allocatable or left.value <= 0:
            return [0]
        bounds.append(_whole(units(name, left), units(name, wanted)))
    return bounds


def _on_one_node(grade: NodeGrade, requirements: Resources) -> int:
    bounds = [PODS_PER_NODE]
    for name, wanted in requirements.items():
        has = PODS_PER_NODE if name == "pods" else units(name, grade.minimum.get(name, ZERO))
        if is_countable(name) and units(name, wanted) > 0:
            bounds.append(_whole(has, units(name, wanted)))
    return min(bounds)


def _whole(amount: int, part: int) -> int:
    """How often a part fits, cut towards zero."""
    return amount // part if amount >= 0 else -(-amount // part)
