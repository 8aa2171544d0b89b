"""Karmada's Lua library `kube`: quantities and pod templates, by the same functions that native kinds use.

The functions take and give what crosses the border to Lua (`sandbox/kube.lua`): text as bytes, tables as JSON text. They are
not called with anything else, because the Lua side has checked number and kinds of the arguments
(karmada pkg/resourceinterpreter/customized/declarative/luavm, kube.go).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from reconciler.interpreter.go_types import check
from reconciler.interpreter.lua_values import decode
from reconciler.interpreter.pod_references import references
from reconciler.interpreter.pod_requirements import requirements
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.manifest import Manifest
from reconciler.model.quantity import Quantity, QuantityError, total


def resource_add(*texts: bytes) -> str:
    """The sum, as Kubernetes prints it."""
    return total(map(_quantity, texts)).canonical


def resource_quantity(*texts: bytes) -> float:
    """The quantity (zero without one) in base units: cores, bytes."""
    amount = total(map(_quantity, texts)).approximate_float
    if amount < 0 or math.isinf(amount):
        raise QuantityError("a quantity that is negative, or too large")
    return amount


def pod_requirements(template: bytes) -> Mapping[str, Any] | None:
    """What one pod of the template needs; None if nothing."""
    return requirements(_pod_template(template))


def pod_dependencies(template: bytes, namespace: bytes) -> Sequence[Mapping[str, Any]] | None:
    """What a pod of the template refers to; None if nothing, which a rule must not return."""
    return references(_pod_template(template), namespace.decode(errors="replace")) or None


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "resource_add": resource_add,
    "resource_quantity": resource_quantity,
    "pod_requirements": pod_requirements,
    "pod_dependencies": pod_dependencies,
}


def _quantity(text: bytes) -> Quantity:
    try:
        return Quantity.parse(text.decode())
    except UnicodeDecodeError:
        raise QuantityError("not a quantity: it is no text") from None


def _pod_template(text: bytes) -> Manifest:
    """Empty tables are left out, as they might be meant for anything; none of a template's fields has to be empty."""
    (template,) = decode(b"[" + text + b"]")
    if not template:
        return {}
    if not isinstance(template, dict):
        raise MalformedObjectError("a pod template is expected, not a list")
    check(template, "PodTemplateSpec")
    return template
