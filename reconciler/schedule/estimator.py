"""How many replicas fit into a member, estimated from its recorded capacity (Karmada pkg/estimator/client/general.go).

The estimate does not look at single nodes: free is what is allocatable, less what is allocated or being allocated. If the
member's nodes are modelled by grades, each node counts with the smallest size of its grade and at most 110 pods, so that
fragmentation counts. Amounts are whole units, CPU in thousandths, rounded up. The free resources of a member are computed once
(`FreeResources`) and used for every workload. Results are 32-bit integers, as in Karmada.

All members are estimated at once (`FleetResources`), resource by resource: one call for each takes twenty times as long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from reconciler.model.capacity import Capacity
from reconciler.model.quantity import ZERO, Quantity
from reconciler.model.workload import Resources

PODS_PER_NODE = 110
UNBOUNDED = (1 << 31) - 1
"""The estimate for objects without replicas."""

Amounts: TypeAlias = Mapping[str, int]
"""Amount by resource name: thousandths of CPU, whole units of anything else."""


@dataclass(frozen=True, slots=True)
class FreeResources:
    """The resources that a member has left."""

    pods: int
    amounts: Amounts
    """Of every allocatable resource; zero or less if nothing is left."""
    nodes: tuple[tuple[int, Amounts], ...] | None
    """Count and free amounts of each node size, smallest first; None if nodes are not modelled."""


@dataclass(frozen=True, slots=True)
class FleetResources:
    """The resources that several members have left, by resource. Each sequence has one number for each member."""

    pods: tuple[int, ...]
    """0 where nothing fits."""
    amounts: Mapping[str, tuple[int, ...]]
    """Never negative."""
    by_itself: Mapping[int, FreeResources]
    """By place in the sequences: members that are estimated by themselves, because their nodes are modelled or their number of
    pods wraps around."""


def free_resources(capacity: Capacity | None) -> FreeResources | None:
    """None if the capacity is unknown or no pod is left: both mean that nothing fits."""
    pods = free_pods(capacity) if capacity is not None else 0
    if capacity is None or pods <= 0:
        return None
    amounts = {name: units(name, free_amount(capacity, name)) for name in capacity.allocatable}
    if capacity.grades is None:
        return FreeResources(pods, amounts, None)
    sizes = tuple((grade.count, _node_size(tuple(sorted(grade.minimum.items())))) for grade in capacity.grades)
    return FreeResources(pods, amounts, sizes)


@lru_cache(maxsize=1024)
def _node_size(minimum: tuple[tuple[str, Quantity], ...]) -> Amounts:
    """The same object for equal grades of all members: what fits onto such a node is computed once (`max_available_in_each`)."""
    return amounts_of(dict(minimum)) | {"pods": PODS_PER_NODE}


def fleet_resources(members: Sequence[FreeResources | None]) -> FleetResources:
    """The same members together. None: nothing fits there."""
    names = sorted({name for member in members if member is not None for name in member.amounts})
    return FleetResources(
        tuple(0 if member is None else member.pods for member in members),
        {name: tuple(0 if member is None else max(0, member.amounts.get(name, 0)) for member in members) for name in names},
        {
            place: member
            for place, member in enumerate(members)
            if member is not None and (member.nodes is not None or member.pods > UNBOUNDED)
        },
    )


def max_available_in_each(fleet: FleetResources, needs: Amounts | None) -> list[int]:
    """`max_available_replicas` for each member, in their order."""
    most = list(fleet.pods)
    for name, request in (needs or {}).items():
        amounts = fleet.amounts.get(name)
        if amounts is None:
            most = [0] * len(most)
        else:
            most = [least if least < (fits := amount // request) else fits for least, amount in zip(most, amounts, strict=True)]
    on_nodes: dict[int, int] = {}
    for place, member in fleet.by_itself.items():
        most[place] = max_available_replicas(member, needs, on_nodes)
    return most


def max_available_replicas(free: FreeResources | None, needs: Amounts | None, fits: dict[int, int] | None = None) -> int:
    """How many more replicas fit; 0 if the capacity is unknown.

    needs: the request of one replica, by `amounts_of`. fits: by id of a node size, how many fit onto such a node, as earlier
    calls with these needs found.
    """
    if free is None:
        return 0
    if not needs and (needs is None or free.nodes is None):
        return as_int32(free.pods)
    if free.nodes is None:
        most = min(free.amounts.get(name, 0) // request for name, request in needs.items())
    else:
        countable, fits = {name: request for name, request in needs.items() if is_countable(name)}, {} if fits is None else fits
        most = 0
        for count, size in free.nodes:
            if id(size) not in fits:
                fits[id(size)] = replicas_on_node(size, countable)
            most += count * fits[id(size)]
    return as_int32(max(0, min(free.pods, most)))


def less(free: FreeResources | None, needs: Amounts, replicas: int) -> FreeResources | None:
    """What is left after these replicas. Modelled nodes take them first fit, smallest nodes first; replicas that fit onto no node
    count in the sums alone."""
    if free is None or free.pods <= replicas:
        return None
    amounts = {name: amount - needs.get(name, 0) * replicas for name, amount in free.amounts.items()}
    nodes = None if free.nodes is None else tuple(_filled(free.nodes, needs, replicas))
    return FreeResources(free.pods - replicas, amounts, nodes)


def _filled(nodes: Iterable[tuple[int, Amounts]], needs: Amounts, replicas: int) -> Iterator[tuple[int, Amounts]]:
    per_replica = {name: request for name, request in needs.items() if is_countable(name)} | {"pods": 1}
    left = replicas
    for count, size in nodes:
        most = replicas_on_node(size, per_replica)
        full = min(count, left // most) if most > 0 else 0
        rest = left - full * most if most > 0 and full < count else 0
        parts = ((full, most), (1 if rest else 0, rest), (count - full - bool(rest), 0))
        yield from ((number, _without(size, per_replica, placed)) for number, placed in parts if number)
        left -= full * most + rest


def _without(size: Amounts, per_replica: Amounts, replicas: int) -> Amounts:
    return {name: amount - per_replica.get(name, 0) * replicas for name, amount in size.items()}


def replicas_on_node(node: Amounts, needs: Amounts) -> int:
    """How many replicas fit onto one node. node: its free amounts, including `pods`."""
    return min([node["pods"], *(node.get(name, 0) // request for name, request in needs.items())])


def amounts_of(resources: Resources) -> dict[str, int]:
    """Amounts in units of this module; those of zero or less are left out."""
    counted = {name: units(name, quantity) for name, quantity in resources.items()}
    return {name: amount for name, amount in counted.items() if amount > 0}


def free_pods(capacity: Capacity) -> int:
    parts = (capacity.allocatable, capacity.allocated, capacity.allocating)
    allocatable, allocated, allocating = (part.get("pods", ZERO).value for part in parts)
    return max(0, allocatable - allocated - allocating)


def free_amount(capacity: Capacity, name: str) -> Quantity:
    """What is left of one resource; negative if more is allocated than allocatable."""
    left = capacity.allocatable.get(name, ZERO)
    for part in (capacity.allocated, capacity.allocating):
        if name in part:
            left = left - part[name]
    return left


def units(name: str, quantity: Quantity) -> int:
    """Thousandths of CPU, whole units of anything else, rounded up."""
    return quantity.milli_value if name == "cpu" else quantity.value


def as_int32(number: int) -> int:
    """The number as Karmada's int32 holds it: larger numbers wrap around."""
    return (number + (1 << 31)) % (1 << 32) - (1 << 31)


def is_countable(name: str) -> bool:
    """Whether nodes account for the resource: native and extended resources, huge pages, attachable volumes."""
    return name in _NATIVE or ("/" in name and not name.startswith("requests.")) or name.startswith(_PREFIXES)


_NATIVE = frozenset({"cpu", "memory", "ephemeral-storage", "pods"})
_PREFIXES = ("hugepages-", "attachable-volumes-")
