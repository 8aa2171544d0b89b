"""Quantities as apimachinery computes them."""

from typing import Any

from reconciler.model.quantity import Quantity, QuantityError, compare, total
from tests.conformance.replay import cases, check

_INT64 = (1 << 63) - 1


@cases("quantity")
def test_quantity(case: dict[str, Any]) -> None:
    check(case, lambda: _answer(case["input"]), QuantityError)


def _answer(given: dict[str, Any]) -> dict[str, Any]:
    match given["operation"]:
        case "QuantityParse":
            return _fields(Quantity.parse(given["text"]))
        case "QuantityFromJSON":
            return _fields(Quantity.from_json(given["json"]))
        case "QuantitySum":
            return _result(total(Quantity.parse(term) for term in given["terms"]))
    a, b = Quantity.parse(given["a"]), Quantity.parse(given["b"])
    if given["operation"] == "QuantityCompare":
        return {"compare": compare(a, b), "equal": a == b}
    return _result(a + b if given["operation"] == "QuantityAdd" else a - b)


def _result(quantity: Quantity) -> dict[str, Any]:
    return {"canonical": quantity.canonical, "format": str(quantity.format)}


def _fields(quantity: Quantity) -> dict[str, Any]:
    counts = {"value": quantity.value, "milliValue": quantity.milli_value}
    return _result(quantity) | {
        "text": str(quantity),
        "sign": quantity.sign,
        "isZero": not quantity,
        "approximateFloat": quantity.approximate_float,
        # The reference counts in 64 bits and says nothing where they do not suffice.
        **{name: count for name, count in counts.items() if abs(count) < _INT64},
    }
