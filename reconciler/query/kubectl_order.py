"""The order of `kubectl get --sort-by` (kubectl: `pkg/cmd/get/sorter.go`). Objects without the field come first."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cmp_to_key
from typing import Any

from reconciler.model.quantity import Quantity, QuantityError
from reconciler.query.kubectl_jsonpath import find_results
from reconciler.query.kubectl_syntax import Template, TemplateError


def sorted_places(template: Template, documents: Sequence[Any]) -> list[int]:
    """The places of the documents in the order of the first value that the path names in each. Raises TemplateError where no
    document has one, or where values have no order.

    template: of `relaxed_path`.
    """
    values = [_first(template, document) for document in documents]
    if documents and not any(values):
        raise TemplateError("no object has this field")

    def compared(left: int, right: int) -> int:
        return _compared(values[left], values[right])

    return sorted(range(len(values)), key=cmp_to_key(compared))


def _first(template: Template, document: Any) -> list[Any]:
    """A list with the value, or an empty one."""
    results = find_results(template, document)
    return results[0][:1] if results else []


def _compared(left: list[Any], right: list[Any]) -> int:
    """Negative, zero or positive, as `left` belongs before, beside or behind `right`."""
    mine, other = (_sortable(value) for value in (left, right))
    if mine[0] != other[0]:
        if 0 in (mine[0], other[0]):
            return mine[0] - other[0]
        raise TemplateError("the values of this field have different types, which have no order")
    if isinstance(mine[1], str):
        return _texts(mine[1], other[1])
    return int(mine[1] > other[1]) - int(mine[1] < other[1])


def _sortable(value: list[Any]) -> tuple[int, Any]:
    """The rank of the type, and the value. No value and null have the lowest one. Raises TemplateError."""
    if not value or value[0] is None:
        return 0, 0
    if isinstance(value[0], (int, float)) and not isinstance(value[0], bool):
        return 1, value[0]
    if isinstance(value[0], str):
        return 2, value[0]
    raise TemplateError("the values of this field have no order: neither text nor numbers")


def _texts(left: str, right: str) -> int:
    """Two quantities are compared by their value, other texts by their bytes."""
    try:
        mine, other = Quantity.parse(left), Quantity.parse(right)
    except QuantityError:
        return (left.encode() > right.encode()) - (left.encode() < right.encode())
    return (mine > other) - (mine < other)
