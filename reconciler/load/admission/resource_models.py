"""Sizes of nodes, by which a cluster's room is estimated (`Cluster.spec.resourceModels`; Karmada, pkg/apis/cluster).

Grades touch each other: from zero to without end, each begins where the one before it ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

from reconciler.load.admission.refusal import number
from reconciler.model.manifest import get, sequence, text
from reconciler.model.quantity import Format, Quantity, QuantityError

WITHOUT_END = str((1 << 63) - 1)
_RESOURCES = ("cpu", "memory", "storage", "ephemeral-storage")
_CPUS = ("0", "1", "2", "4", "8", "16", "32", "64", "128", WITHOUT_END)
_MEMORIES = ("0", "4Gi", "16Gi", "32Gi", "64Gi", "128Gi", "256Gi", "512Gi", "1Ti", WITHOUT_END)


@cache
def default_models() -> list[dict[str, Any]]:
    """What a new cluster gets that states none; the very same object for all of them."""
    borders = {"cpu": list(pairwise(_CPUS)), "memory": list(pairwise(_MEMORIES))}
    return [
        {
            "grade": grade,
            "ranges": [{"name": name, "min": pairs[grade][0], "max": pairs[grade][1]} for name, pairs in borders.items()],
        }
        for grade in range(len(_CPUS) - 1)
    ]


def stored_models(models: Sequence[Any]) -> list[Any]:
    """Sorted by grade; the first begins at zero and the last never ends, whatever was written."""
    stored = sorted(models, key=lambda model: number(model, "grade"))
    stored[0] = _with_border(stored[0], "min", "0")
    stored[-1] = _with_border(stored[-1], "max", WITHOUT_END)
    return stored


def _with_border(model: Any, border: str, value: str) -> Any:
    if not isinstance(model, Mapping) or not isinstance(model.get("ranges"), list):
        return model
    return {**model, "ranges": [{**it, border: value} if isinstance(it, Mapping) else it for it in model["ranges"]]}


def models_problem(models: Sequence[Any]) -> tuple[str, str]:
    """(what is wrong, remedy) with models as stored; two empty texts when nothing is. The first problem is told."""
    if models is default_models():  # Most clusters state none, and would take ten times as long to read.
        return "", ""
    try:
        for model in models:
            if problem := _range_problem(model):
                return problem
        for before, model in pairwise(models):
            if problem := _step_problem(before, model):
                return problem
    except QuantityError:
        return "hold what is no quantity", "Write numbers such as 2, 500m or 4Gi."
    return "", ""


def _range_problem(model: Any) -> tuple[str, str] | None:
    for span in sequence(model, "ranges"):
        if text(span, "name") not in _RESOURCES:
            return "have a range of another resource than cpu, memory, storage or ephemeral-storage", "Take the range out."
        if _quantity(span, "max") <= _quantity(span, "min"):
            return "have a range whose max is not more than its min", "Raise max, or lower min."
    return None


def _step_problem(before: Any, model: Any) -> tuple[str, str] | None:
    if number(before, "grade") == number(model, "grade"):
        return "have the same grade twice", "Number the models from 0 on."
    lower, upper = sequence(before, "ranges"), sequence(model, "ranges")
    if [text(span, "name") for span in lower] != [text(span, "name") for span in upper]:
        return "do not all have the same resources in the same order", "Write the ranges of every model alike."
    for below, above in zip(lower, upper, strict=True):
        if not _same_spelling(_quantity(below, "max"), _quantity(above, "min")):
            return (
                "have a gap or an overlap: min must be the max of the grade before it",
                "Write both alike; Karmada tells 1 from 1000m here, and never takes a fraction of a binary unit.",
            )
    return None


def _quantity(span: Any, border: str) -> Quantity:
    return Quantity.from_json(get(span, border))


def _same_spelling(one: Quantity, other: Quantity) -> bool:
    """Whether Go's `==` holds: it compares how a quantity is kept, and one that needs arbitrary precision is kept by address."""
    return not _is_arbitrary(one) and _kept(one) == _kept(other)


def _kept(quantity: Quantity) -> tuple[int, int, Format, str]:
    return quantity.mantissa, quantity.exponent, quantity.format, quantity.spelling


def _is_arbitrary(quantity: Quantity) -> bool:
    """Such a quantity counts billionths, and has no spelling to print again."""
    return quantity.exponent == -9 and not quantity.spelling
