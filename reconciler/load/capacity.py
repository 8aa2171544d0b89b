"""The capacity in the status of a Cluster object → `Capacity`, and the grades of its nodes.

`parse_cluster` drops the `status` of a Cluster file, because the capacity of a member is observed, not declared. This module
reads observed Cluster objects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any

from reconciler.load.admission.resource_models import default_models, stored_models
from reconciler.model.capacity import Capacity, NodeGrade, ResourceModel, ResourceModels
from reconciler.model.manifest import Manifest, get, mapping, sequence, text
from reconciler.model.quantity import Quantity, QuantityError
from reconciler.model.workload import Resources


def parse_capacity(cluster: Manifest) -> Capacity | None:
    """From `status.resourceSummary` and `spec.resourceModels`; None where there is no summary. Raises QuantityError."""
    summary = get(cluster, "status", "resourceSummary")
    if summary is None:
        return None
    return Capacity(
        allocatable=parse_resources(mapping(summary, "allocatable")),
        allocated=parse_resources(mapping(summary, "allocated")),
        allocating=parse_resources(mapping(summary, "allocating")),
        grades=_grades(sequence(cluster, "spec", "resourceModels"), sequence(summary, "allocatableModelings")),
    )


def parse_models(models: Sequence[Any]) -> ResourceModels:
    """Those of a Cluster, as Karmada stores them: with Karmada's defaults where it declares none, and from zero. None at all
    where a value is no quantity: the file has an error then."""
    if not models:
        return _default_models()
    try:
        return tuple(ResourceModel(_number(model, "grade"), _minimum(model)) for model in stored_models(models))
    except QuantityError:
        return ()


@cache
def _default_models() -> ResourceModels:
    return tuple(ResourceModel(_number(model, "grade"), _minimum(model)) for model in default_models())


def parse_resources(amounts: Manifest) -> Resources:
    """Raises QuantityError."""
    return {name: Quantity.from_json(value) for name, value in amounts.items()}


def _grades(models: list[Any], counts: list[Any]) -> tuple[NodeGrade, ...] | None:
    """None where counts or models are missing, or a count is negative: Karmada then uses the summary alone."""
    if not models or not counts or any(_number(item, "count") < 0 for item in counts):
        return None
    nodes: Counter[int] = Counter()
    for item in counts:
        nodes[_number(item, "grade")] += _number(item, "count")
    smallest = {_number(model, "grade"): _minimum(model) for model in models}
    return tuple(NodeGrade(smallest[grade], nodes[grade]) for grade in sorted(smallest) if nodes[grade])


def _minimum(model: Any) -> Resources:
    return {text(item, "name"): Quantity.from_json(get(item, "min")) for item in sequence(model, "ranges")}


def _number(document: Any, name: str) -> int:
    value = get(document, name)
    return value if isinstance(value, int) else 0
