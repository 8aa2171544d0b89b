"""`Cluster.spec.resourceModels`: grades of node sizes, for estimates of a cluster's capacity (Karmada, pkg/apis/cluster).

The grades cover all sizes from zero to infinity: each grade begins where the grade before it ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

from reconciler.load.admission.refusal import number
from reconciler.model.manifest import get, sequence, text
from reconciler.model.quantity import Format, Quantity, QuantityError

_INFINITY = str((1 << 63) - 1)
_RESOURCES = ("cpu", "memory", "storage", "ephemeral-storage")
_CPUS = ("0", "1", "2", "4", "8", "16", "32", "64", "128", _INFINITY)
_MEMORIES = ("0", "4Gi", "16Gi", "32Gi", "64Gi", "128Gi", "256Gi", "512Gi", "1Ti", _INFINITY)


@cache
def default_models() -> list[dict[str, Any]]:
    """The models of a new cluster that declares none. Every call returns the same object."""
    borders = {"cpu": list(pairwise(_CPUS)), "memory": list(pairwise(_MEMORIES))}
    return [
        {
            "grade": grade,
            "ranges": [{"name": name, "min": pairs[grade][0], "max": pairs[grade][1]} for name, pairs in borders.items()],
        }
        for grade in range(len(_CPUS) - 1)
    ]


def stored_models(models: Sequence[Any]) -> list[Any]:
    """The models sorted by grade. The first begins at zero and the last ends at infinity, even if the file says otherwise."""
    stored = sorted(models, key=lambda model: number(model, "grade"))
    stored[0] = _with_border(stored[0], "min", "0")
    stored[-1] = _with_border(stored[-1], "max", _INFINITY)
    return stored


def _with_border(model: Any, border: str, value: str) -> Any:
    if not isinstance(model, Mapping) or not isinstance(model.get("ranges"), list):
        return model
    return {**model, "ranges": [{**it, border: value} if isinstance(it, Mapping) else it for it in model["ranges"]]}


def models_problem(models: Sequence[Any]) -> tuple[str, str]:
    """(what is wrong, remedy) of the first mistake; two empty strings if there is none. models: with defaults."""
    if models is default_models():  # Most clusters declare none. The check of a cluster would take ten times as long.
        return "", ""
    try:
        for model in models:
            if problem := _range_problem(model):
                return problem
        for before, model in pairwise(models):
            if problem := _step_problem(before, model):
                return problem
    except QuantityError:
        return "contain a value that is not a quantity", "Write numbers such as 2, 500m or 4Gi."
    return "", ""


def _range_problem(model: Any) -> tuple[str, str] | None:
    for span in sequence(model, "ranges"):
        if text(span, "name") not in _RESOURCES:
            return "have a range of a resource other than cpu, memory, storage and ephemeral-storage", "Remove the range."
        if _quantity(span, "max") <= _quantity(span, "min"):
            return "have a range whose max is not more than its min", "Raise max, or lower min."
    return None


def _step_problem(before: Any, model: Any) -> tuple[str, str] | None:
    if number(before, "grade") == number(model, "grade"):
        return "have the same grade twice", "Number the models from 0."
    lower, upper = sequence(before, "ranges"), sequence(model, "ranges")
    if [text(span, "name") for span in lower] != [text(span, "name") for span in upper]:
        return "do not all have the same resources in the same order", "List the same resources in every model."
    for below, above in zip(lower, upper, strict=True):
        if not _same_spelling(_quantity(below, "max"), _quantity(above, "min")):
            return (
                "have a gap or an overlap: min must equal the max of the grade before it",
                "Write both the same way: for Karmada 1 and 1000m differ here, and fractions of binary units are never equal.",
            )
    return None


def _quantity(span: Any, border: str) -> Quantity:
    return Quantity.from_json(get(span, border))


def _same_spelling(one: Quantity, other: Quantity) -> bool:
    """Whether the two are equal with Go's `==`, which compares the fields of the struct. Quantities of arbitrary precision are
    pointers in that struct, so they are never equal."""
    return not _is_arbitrary(one) and _fields(one) == _fields(other)


def _fields(quantity: Quantity) -> tuple[int, int, Format, str]:
    return quantity.mantissa, quantity.exponent, quantity.format, quantity.spelling


def _is_arbitrary(quantity: Quantity) -> bool:
    """Whether Go stores the quantity with arbitrary precision: in billionths, without its original spelling."""
    return quantity.exponent == -9 and not quantity.spelling
