"""Karmada's Lua library `kube`: quantities and pod templates, with the same functions that built-in kinds use.

Arguments and results have the types that cross the border to Lua (`sandbox/kube.lua`): text as bytes, tables as JSON text. The
Lua side has checked the number and types of the arguments (karmada pkg/resourceinterpreter/customized/declarative/luavm,
kube.go).
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
    """The sum of the quantities, as Kubernetes prints it."""
    return total(map(_quantity, texts)).canonical


def resource_quantity(*texts: bytes) -> float:
    """The sum of the quantities in base units (cores, bytes); 0 without arguments."""
    amount = total(map(_quantity, texts)).approximate_float
    if amount < 0 or math.isinf(amount):
        raise QuantityError("a quantity is negative or too large")
    return amount


def pod_requirements(template: bytes) -> Mapping[str, Any] | None:
    """The requirements of one Pod of the template; None if there are none."""
    return requirements(_pod_template(template))


def pod_dependencies(template: bytes, namespace: bytes) -> Sequence[Mapping[str, Any]] | None:
    """The references of the template; None if there are none. A rule must not return None."""
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
        raise QuantityError("not a quantity: it is not text") from None


def _pod_template(text: bytes) -> Manifest:
    """The template, without empty tables, because they may be mappings or lists. No field of a template needs to be empty."""
    (template,) = decode(b"[" + text + b"]")
    if not template:
        return {}
    if not isinstance(template, dict):
        raise MalformedObjectError("a pod template must be a mapping, not a list")
    check(template, "PodTemplateSpec")
    return template
