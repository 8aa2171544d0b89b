"""What scripts return, read into the shapes that the rest of the program knows.

Karmada reads these results into its Go types: unknown fields are dropped, fields of a wrong type are errors, quantities are
printed anew (karmada pkg/apis/work/v1alpha2, pkg/util/interpreter/validation). All values are JSON. Every function raises
MalformedObjectError, saying what of the answer is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reconciler.interpreter.fields import type_name, wrong_type
from reconciler.interpreter.go_types import check
from reconciler.interpreter.go_types_form import written
from reconciler.interpreter.pod_references import sort_key
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.manifest import Manifest, text
from reconciler.model.quantity import Quantity, QuantityError
from reconciler.model.selector import InvalidSelectorError, parse_label_selector

_INT32 = 1 << 31


def count(value: Any) -> int:
    """A number of replicas; a fraction is cut off."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MalformedObjectError(f"the number of replicas is {type_name(value)}, not a number")
    return int(value)


def requirements(value: Any) -> Mapping[str, Any] | None:
    """What one replica needs: `resourceRequest`, `nodeClaim`, `namespace`, `priorityClassName`; None for nil."""
    return None if value is None else _requirements(_table(value, "the requirements"), "namespace", "priorityClassName")


def components(value: Any) -> Sequence[Mapping[str, Any]] | None:
    """Parts of a workload that has several: `name`, `replicas`, `replicaRequirements`; None for nil."""
    if value is None:
        return None
    return [_component(_table(item, "a component")) for item in _items(value, "components")]


def dependencies(answers: Iterable[Any]) -> Sequence[Mapping[str, Any]]:
    """The references of several scripts united, sorted by apiVersion, kind, namespace and name."""
    found = [_reference(_table(item, "a dependency")) for answer in answers for item in _items(answer, "dependencies")]
    return sorted((item for i, item in enumerate(found) if item not in found[:i]), key=sort_key)


def manifest(value: Any) -> Manifest:
    """A whole object."""
    found = _table(value, "the object")
    if not text(found, "kind") or text(found, "apiVersion").count("/") > 1:
        raise MalformedObjectError("the object returned has no kind")
    return found


def status(value: Any) -> Any:
    """A status: a mapping, or a list that is not empty."""
    if not isinstance(value, dict | list):
        raise MalformedObjectError(f"the status is {type_name(value)}, not a table")
    return value or {}


def verdict(value: Any) -> bool:
    if not isinstance(value, bool):
        raise MalformedObjectError(f"the verdict is {type_name(value)}, neither true nor false")
    return value


def _table(value: Any, what: str) -> dict[str, Any]:
    """A mapping; an empty list, as empty tables come, is an empty one."""
    if isinstance(value, dict):
        return value
    if value == [] and isinstance(value, list):
        return {}
    raise MalformedObjectError(f"{what} is {type_name(value)}, not a table with names")


def _items(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise MalformedObjectError(f"the {what} are {type_name(value)}, not a list")
    return value


def _requirements(value: Mapping[str, Any], *texts: str) -> Mapping[str, Any]:
    claim, request = value.get("nodeClaim"), _table(value.get("resourceRequest", {}), "resourceRequest")
    found: dict[str, Any] = {name: _text(value, name) for name in texts}
    found["nodeClaim"] = None if claim is None else _node_claim(_table(claim, "nodeClaim"))
    found["resourceRequest"] = {name: _quantity(name, amount) for name, amount in request.items()}
    return {name: part for name, part in found.items() if part or (name == "nodeClaim" and part is not None)}


def _node_claim(value: Mapping[str, Any]) -> Mapping[str, Any]:
    affinity = value.get("hardNodeAffinity")
    pod = {
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": affinity}},
        "nodeSelector": value.get("nodeSelector"),
        "tolerations": value.get("tolerations"),
    }
    check(pod, "PodSpec")
    found = {
        "hardNodeAffinity": None if affinity is None else written(affinity, "NodeSelector"),
        "nodeSelector": value.get("nodeSelector"),
        "tolerations": [written(item, "Toleration") for item in value.get("tolerations") or ()],
    }
    return {name: part for name, part in found.items() if part}


def _quantity(name: str, value: Any) -> str:
    try:
        return str(Quantity.from_json(value))
    except QuantityError as error:
        raise MalformedObjectError(f"resourceRequest.{name}: {error.message}") from None


def _component(value: Mapping[str, Any]) -> Mapping[str, Any]:
    replicas, needs = value.get("replicas", 0), value.get("replicaRequirements")
    if type(replicas) is not int or not -_INT32 <= replicas < _INT32:
        raise wrong_type(("replicas",), replicas, "a whole number")
    found: dict[str, Any] = {"name": _text(value, "name"), "replicas": replicas}
    if needs is not None:
        found["replicaRequirements"] = _requirements(_table(needs, "replicaRequirements"), "priorityClassName")
    return found


def _reference(value: Mapping[str, Any]) -> Mapping[str, Any]:
    found: dict[str, Any] = {field: _text(value, field) for field in ("apiVersion", "kind", "namespace", "name")}
    selector = value.get("labelSelector")
    if selector is not None:
        check({"selector": selector}, "PersistentVolumeClaimSpec")
        found["labelSelector"] = written(selector, "LabelSelector")
        try:
            parse_label_selector(found["labelSelector"])
        except InvalidSelectorError as error:
            raise MalformedObjectError(f"the selector of a dependency is invalid: {error.message}") from None
    if not found["apiVersion"] or not found["kind"]:
        raise MalformedObjectError("a dependency has no apiVersion or no kind")
    if not found["name"] and selector is None:
        raise MalformedObjectError("a dependency has neither a name nor a labelSelector")
    return {field: part for field, part in found.items() if part or field == "labelSelector"}


def _text(value: Mapping[str, Any], field: str) -> str:
    found = value.get(field, "")
    if not isinstance(found, str):
        raise wrong_type((field,), found, "text")
    return found
