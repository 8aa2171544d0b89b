"""`quantity` (pkg/cel/library/quantity.go)."""

from __future__ import annotations

from typing import Any

from reconciler.cel.functions.opaque import expect, is_a, opaque
from reconciler.cel.functions.signature import Signature, function, method
from reconciler.errors import ReconcilerError
from reconciler.model.quantity import Quantity
from reconciler.model.quantity import compare as compare_quantities

KIND = "quantity"
_INTEGERS = range(-(2**63), 2**63)


def _quantity(text: str) -> dict[str, Any]:
    if text != text.strip():
        raise ValueError(_PROBLEM)
    try:
        return _as_value(Quantity.parse(text))
    except ReconcilerError:
        raise ValueError(_PROBLEM) from None


_PROBLEM = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"


def _as_value(quantity: Quantity) -> dict[str, Any]:
    return opaque(KIND, nanos=str(quantity.nanos))


def parsed(value: Any) -> Quantity:
    return Quantity(int(expect(value, KIND)["nanos"]), -9)


def _is_quantity(text: str) -> bool:
    try:
        _quantity(text)
    except ValueError:
        return False
    return True


def compare(one: Any, other: Any) -> int:
    return compare_quantities(parsed(one), parsed(other))


def _is_integer(value: Any) -> bool:
    nanos = parsed(value).nanos
    return nanos % 10**9 == 0 and nanos // 10**9 in _INTEGERS


def _as_integer(value: Any) -> int:
    if not _is_integer(value):
        raise ValueError("cannot convert value to integer")
    return parsed(value).nanos // 10**9


def _operand(value: Any) -> Quantity:
    return parsed(value) if is_a(value, KIND) else Quantity(value)


SIGNATURES: tuple[Signature, ...] = (
    function("quantity", _quantity, "string"),
    function("isQuantity", _is_quantity, "string"),
    method("isInteger", _is_integer, "map"),
    method("asInteger", _as_integer, "map"),
    method("asApproximateFloat", lambda value: parsed(value).nanos / 10**9, "map"),
    function("sign", lambda value: parsed(value).sign, "map"),
    *(
        signature
        for kind in ("map", "int")
        for signature in (
            method("add", lambda one, other: _as_value(parsed(one) + _operand(other)), "map", kind),
            method("sub", lambda one, other: _as_value(parsed(one) - _operand(other)), "map", kind),
        )
    ),
)
