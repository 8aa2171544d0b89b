"""How many replicas fit into a member, told from its recorded capacity (Karmada pkg/estimator/client/general.go).

An estimate without a look at the nodes: what is allocatable, less what is taken or waits for a node. Where the member's nodes
are modelled by grades, each counts as a node of its grade's smallest size with at most 110 pods, which sees fragments.
Amounts are counted in whole units, CPU in thousandths, rounded up. What a member has left is worked out once (`Room`) and asked
for every workload. Results are 32-bit integers, as Karmada's are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from reconciler.model.capacity import Capacity
from reconciler.model.quantity import ZERO, Quantity
from reconciler.model.workload import Resources

PODS_PER_NODE = 110
UNBOUNDED = (1 << 31) - 1
"""Room that is not looked at: for objects without a count."""

Amounts: TypeAlias = Mapping[str, int]
"""Thousandths of CPU, whole units of anything else."""


@dataclass(frozen=True, slots=True)
class Room:
    """What a member has left."""

    pods: int
    amounts: Amounts
    """Of everything it has at all; zero or less where nothing is left."""
    nodes: tuple[tuple[int, Amounts], ...] | None
    """How many nodes there are of each size, from the smallest up; None where they are not modelled."""


def room_of(capacity: Capacity | None) -> Room | None:
    """None where nothing is known, and where no pod is left, which comes to the same."""
    pods = free_pods(capacity) if capacity is not None else 0
    if capacity is None or pods <= 0:
        return None
    amounts = {name: units(name, free(capacity, name)) for name in capacity.allocatable}
    if capacity.grades is None:
        return Room(pods, amounts, None)
    sizes = tuple((grade.count, amounts_of(grade.minimum) | {"pods": PODS_PER_NODE}) for grade in capacity.grades)
    return Room(pods, amounts, sizes)


def replicas_that_fit(room: Room | None, needs: Amounts | None) -> int:
    """How many more replicas there is room for; 0 where nothing is known. needs: of one replica, by `amounts_of`."""
    if room is None:
        return 0
    if not needs and (needs is None or room.nodes is None):
        return as_int32(room.pods)
    if room.nodes is None:
        most = min(room.amounts.get(name, 0) // wanted for name, wanted in needs.items())
    else:
        countable = {name: wanted for name, wanted in needs.items() if is_countable(name)}
        most = sum(count * replicas_on_node(size, countable) for count, size in room.nodes)
    return as_int32(max(0, min(room.pods, most)))


def replicas_on_node(free_there: Amounts, needs: Amounts) -> int:
    """How many replicas one node takes; it has a limit of pods, too."""
    return min([free_there["pods"], *(free_there.get(name, 0) // wanted for name, wanted in needs.items())])


def amounts_of(resources: Resources) -> dict[str, int]:
    """Without what is zero or less."""
    counted = {name: units(name, quantity) for name, quantity in resources.items()}
    return {name: amount for name, amount in counted.items() if amount > 0}


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
