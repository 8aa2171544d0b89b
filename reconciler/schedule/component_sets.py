"""How many complete sets of a workload's components fit into a member (Karmada pkg/estimator/client/general.go).

A Flink job of one manager and three workers is useful only where all four fit. The requests of one set are added up and compared
with the free amounts. If nodes are modelled, sets are placed on nodes first fit, smallest nodes first. Karmada adds decimal
quantities in thousandths and binary ones in whole units, and compares the two without conversion; this module gives the same
answer.

The product never counts in sets: Karmada's feature gate MultiplePodTemplatesScheduling is off by default, and no option turns it
on here yet. It exists for the conformance replay, and must be here because the estimate is part of ranking and division.
"""

from __future__ import annotations

from collections import Counter

from reconciler.model.capacity import Capacity, NodeGrade
from reconciler.model.quantity import Format, Quantity
from reconciler.model.workload import Component
from reconciler.schedule.estimator import (
    PODS_PER_NODE,
    amounts_of,
    as_int32,
    free_amount,
    free_pods,
    is_countable,
    replicas_on_node,
)


def max_available_component_sets(capacity: Capacity | None, components: tuple[Component, ...]) -> int:
    pods = free_pods(capacity) if capacity is not None else 0
    if capacity is None or pods <= 0:
        return 0
    pods_per_set = sum(component.replicas for component in components)
    if pods_per_set <= 0:
        return as_int32(pods)
    most = as_int32(pods // pods_per_set)
    demand = _demand(components)
    if not any(demand.values()):
        return most
    for name, request in demand.items():
        if request > 0:
            left = _amount(free_amount(capacity, name)) if name in capacity.allocatable else 0
            if left <= 0:
                return 0
            most = min(most, as_int32(left // request))
    return most if capacity.grades is None else _on_nodes(capacity.grades, components, most)


def _demand(components: tuple[Component, ...]) -> Counter[str]:
    demand: Counter[str] = Counter()
    for component in components:
        for name, request in (component.requirements or {}).items():
            demand[name] += _amount(request) * component.replicas
    return demand


def _amount(quantity: Quantity) -> int:
    return quantity.milli_value if quantity.format in (Format.DECIMAL_SI, Format.DECIMAL_EXPONENT) else quantity.value


def _on_nodes(grades: tuple[NodeGrade, ...], components: tuple[Component, ...], most: int) -> int:
    """How many sets fit onto the nodes, at most `most`."""
    nodes = [_free_node(grade) for grade in grades for _ in range(grade.count)]
    requests = [_per_replica(component) for component in components]
    for done in range(most):
        for component, needs in zip(components, requests, strict=True):
            if not _put(nodes, needs, component.replicas):
                return done
    return most


def _free_node(grade: NodeGrade) -> dict[str, int]:
    return amounts_of(grade.minimum) | {"pods": PODS_PER_NODE}


def _per_replica(component: Component) -> dict[str, int]:
    requests = amounts_of(component.requirements or {})
    return {name: amount for name, amount in requests.items() if is_countable(name)} | {"pods": 1}


def _put(nodes: list[dict[str, int]], needs: dict[str, int], replicas: int) -> bool:
    """Subtracts the replicas' requests from the nodes, filling one node after the other. Whether all replicas fit."""
    for node in nodes:
        if replicas <= 0:
            break
        fitting = min(replicas, replicas_on_node(node, needs))
        if fitting > 0:
            for name, amount in needs.items():
                node[name] -= amount * fitting
            replicas -= fitting
    return replicas <= 0
