"""How many whole sets of a workload's components fit into a member (Karmada pkg/estimator/client/general.go).

A Flink job of one manager and three workers is of use only where all four fit. Amounts are added up over a set and compared with
what is free; where nodes are modelled, sets are put onto them first fit, smallest nodes first. Karmada adds decimal amounts
in thousandths and binary ones in whole units, and compares the two as they are; its answer is given here, too.
"""

from __future__ import annotations

from collections import Counter

from reconciler.model.capacity import Capacity, NodeGrade
from reconciler.model.quantity import Format, Quantity
from reconciler.model.workload import Component
from reconciler.schedule.estimator import PODS_PER_NODE, amounts_of, as_int32, free, free_pods, is_countable, replicas_on_node


def sets_that_fit(capacity: Capacity | None, components: tuple[Component, ...]) -> int:
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
    for name, wanted in demand.items():
        if wanted > 0:
            left = _amount(free(capacity, name)) if name in capacity.allocatable else 0
            if left <= 0:
                return 0
            most = min(most, as_int32(left // wanted))
    return most if capacity.grades is None else _on_nodes(capacity.grades, components, most)


def _demand(components: tuple[Component, ...]) -> Counter[str]:
    demand: Counter[str] = Counter()
    for component in components:
        for name, wanted in (component.requirements or {}).items():
            demand[name] += _amount(wanted) * component.replicas
    return demand


def _amount(quantity: Quantity) -> int:
    return quantity.milli_value if quantity.format in (Format.DECIMAL_SI, Format.DECIMAL_EXPONENT) else quantity.value


def _on_nodes(grades: tuple[NodeGrade, ...], components: tuple[Component, ...], most: int) -> int:
    """How many sets find their nodes, at most `most`."""
    nodes = [_free_node(grade) for grade in grades for _ in range(grade.count)]
    wanted = [_per_replica(component) for component in components]
    for done in range(most):
        for component, needs in zip(components, wanted, strict=True):
            if not _put(nodes, needs, component.replicas):
                return done
    return most


def _free_node(grade: NodeGrade) -> dict[str, int]:
    return amounts_of(grade.minimum) | {"pods": PODS_PER_NODE}


def _per_replica(component: Component) -> dict[str, int]:
    asked = amounts_of(component.requirements or {})
    return {name: amount for name, amount in asked.items() if is_countable(name)} | {"pods": 1}


def _put(nodes: list[dict[str, int]], needs: dict[str, int], replicas: int) -> bool:
    """Takes the replicas' share off the nodes, each filled before the next; whether all of them found one."""
    for node in nodes:
        if replicas <= 0:
            break
        fitting = min(replicas, replicas_on_node(node, needs))
        if fitting > 0:
            for name, amount in needs.items():
                node[name] -= amount * fitting
            replicas -= fitting
    return replicas <= 0
