"""How many complete sets of a workload's components fit into a member (Karmada pkg/estimator/client/general.go).

A Flink job of one manager and three workers is useful only where all four fit. The requests of one set are added up and compared
with the free amounts. If nodes are modelled, sets are placed on nodes first fit, smallest nodes first. Karmada adds decimal
quantities in thousandths and binary ones in whole units, and compares the two without conversion; this module gives the same
answer. Amounts that are reserved have one unit each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from reconciler.model.capacity import Capacity
from reconciler.model.quantity import Format, Quantity
from reconciler.model.workload import Component
from reconciler.schedule.estimator import (
    Amounts,
    FreeResources,
    amounts_of,
    as_int32,
    free_amount,
    free_resources,
    is_countable,
    replicas_on_node,
)


def max_available_component_sets(capacity: Capacity | None, components: tuple[Component, ...]) -> int:
    """0 if the capacity is unknown."""
    free = free_resources(capacity)
    if capacity is None or free is None:
        return 0
    demand: Counter[str] = Counter()
    for component in components:
        for name, request in (component.requirements or {}).items():
            demand[name] += _amount(request) * component.replicas
    left = {name: _amount(free_amount(capacity, name)) for name in demand if name in capacity.allocatable}
    return _most(free, components, demand, left)


def component_sets_left(free: FreeResources | None, components: tuple[Component, ...]) -> int:
    """How many fit beside what is reserved. free: what that leaves; None: nothing."""
    if free is None:
        return 0
    demand: Counter[str] = Counter()
    for needs, replicas in component_requests(components):
        demand.update({name: request * replicas for name, request in needs.items()})
    return _most(free, components, demand, free.amounts)


def _most(free: FreeResources, components: Sequence[Component], demand: Amounts, left: Amounts) -> int:
    """demand: of one set; left: in the same units."""
    pods_per_set = sum(component.replicas for component in components)
    if pods_per_set <= 0:
        return as_int32(free.pods)
    wanted = {name: request for name, request in demand.items() if request > 0}
    most = min([free.pods // pods_per_set, *(max(0, left.get(name, 0)) // request for name, request in wanted.items())])
    if not wanted or free.nodes is None:
        return as_int32(most)
    return as_int32(_on_nodes(free.nodes, component_requests(components), most))


def _amount(quantity: Quantity) -> int:
    return quantity.milli_value if quantity.format in (Format.DECIMAL_SI, Format.DECIMAL_EXPONENT) else quantity.value


def component_requests(components: Sequence[Component]) -> tuple[tuple[Amounts, int], ...]:
    """Of each component: the requests of one replica, and how many replicas a set has."""
    return tuple((amounts_of(one.requirements or {}), one.replicas) for one in components)


def _on_nodes(sizes: Sequence[tuple[int, Amounts]], parts: Sequence[tuple[Amounts, int]], most: int) -> int:
    """How many sets fit onto the nodes, at most `most`."""
    nodes = [dict(size) for count, size in sizes for _ in range(count)]
    needs = [{name: amount for name, amount in part.items() if is_countable(name)} | {"pods": 1} for part, _ in parts]
    begins = [0] * len(needs)
    """By component: the first node that may take one more. Nodes only fill up, so those before it never will."""
    for done in range(most):
        for place, (_, replicas) in enumerate(parts):
            begins[place] = _put(nodes, needs[place], replicas, begins[place])
            if begins[place] == len(nodes) and replicas:
                return done
    return most


def _put(nodes: Sequence[dict[str, int]], needs: Amounts, replicas: int, begin: int) -> int:
    """Subtracts the replicas' requests from the nodes, filling one after the other from `begin`. The place of the last node that
    was used; the number of nodes if they do not take all replicas."""
    for place in range(begin, len(nodes)):
        node = nodes[place]
        fitting = min(replicas, replicas_on_node(node, needs))
        for name, amount in needs.items() if fitting > 0 else ():
            node[name] -= amount * fitting
        replicas -= max(fitting, 0)
        if replicas <= 0:
            return place
    return len(nodes)
