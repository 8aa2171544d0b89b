"""Checks and converts what scripts return.

Karmada reads these results into its Go types: it drops unknown fields, refuses fields of a wrong type, and prints quantities
again (karmada pkg/apis/work/v1alpha2, pkg/util/interpreter/validation). All values are JSON. Every function raises
MalformedObjectError, which says what is wrong with the result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reconciler.interpreter.fields import type_name, wrong_type
from reconciler.interpreter.go_types import check
from reconciler.interpreter.go_types_form import marshal
from reconciler.interpreter.pod_references import sort_key
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.manifest import Manifest, text
from reconciler.model.quantity import Quantity, QuantityError
from reconciler.model.selector import InvalidSelectorError, parse_label_selector

_INT32 = 1 << 31


def count(value: Any) -> int:
    """A number of replicas. A fraction is cut off."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MalformedObjectError(f"the number of replicas is {type_name(value)}, not a number")
    return int(value)


def requirements(value: Any) -> Mapping[str, Any] | None:
    """The requirements of one replica: `resourceRequest`, `nodeClaim`, `namespace`, `priorityClassName`; None for nil."""
    return None if value is None else _requirements(value, "the requirements", "namespace", "priorityClassName")


def components(value: Any) -> Sequence[Mapping[str, Any]] | None:
    """The components of a workload: `name`, `replicas`, `replicaRequirements`; None for nil."""
    if value is None:
        return None
    return [_component(item) for item in _items(value, "components")]


def dependencies(results: Iterable[Any]) -> Sequence[Mapping[str, Any]]:
    """The references of several scripts without duplicates, sorted by apiVersion, kind, namespace and name."""
    references = [_reference(item) for result in results for item in _items(result, "dependencies")]
    return sorted((item for i, item in enumerate(references) if item not in references[:i]), key=sort_key)


def manifest(value: Any) -> Manifest:
    """A whole object."""
    table = _table(value, "the object")
    if not text(table, "kind") or text(table, "apiVersion").count("/") > 1:
        raise MalformedObjectError("the result has no kind, or an invalid apiVersion")
    return table


def status(value: Any) -> Any:
    """A status: a mapping, or a list that is not empty."""
    if not isinstance(value, dict | list):
        raise MalformedObjectError(f"the status is {type_name(value)}, not a table")
    return value or {}


def healthy(value: Any) -> bool:
    if not isinstance(value, bool):
        raise MalformedObjectError(f"the health is {type_name(value)}, neither true nor false")
    return value


def _table(value: Any, what: str) -> dict[str, Any]:
    """The value, if it is a mapping. An empty list is an empty mapping, because Lua has one kind of empty table."""
    if isinstance(value, dict):
        return value
    if value == [] and isinstance(value, list):
        return {}
    raise MalformedObjectError(f"{what} is {type_name(value)}, not a table with named fields")


def _struct(value: Any, what: str, *fields: str) -> dict[str, Any]:
    """The named fields of a table. Go's encoding/json compares names without regard to case: `ResourceRequest` is the field
    `resourceRequest`. Of several spellings the last one counts, in the order of their characters; a null changes nothing."""
    table = _table(value, what)
    names = {field.casefold(): field for field in fields}
    spelled = [(names[key.casefold()], key) for key in sorted(table) if key.casefold() in names]
    return {name: table[key] for name, key in spelled if table[key] is not None}


def _items(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise MalformedObjectError(f"the {what} are {type_name(value)}, not a list")
    return value


def _requirements(table: Any, what: str, *texts: str) -> Mapping[str, Any]:
    value = _struct(table, what, "nodeClaim", "resourceRequest", *texts)
    claim, request = value.get("nodeClaim"), _table(value.get("resourceRequest", {}), "resourceRequest")
    result: dict[str, Any] = {name: _text(value, name) for name in texts}
    result["nodeClaim"] = None if claim is None else _node_claim(claim)
    result["resourceRequest"] = {name: _quantity(name, amount) for name, amount in request.items()}
    return {name: part for name, part in result.items() if part or (name == "nodeClaim" and part is not None)}


def _node_claim(table: Any) -> Mapping[str, Any]:
    value = _struct(table, "nodeClaim", "hardNodeAffinity", "nodeSelector", "tolerations")
    affinity = value.get("hardNodeAffinity")
    pod = {
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": affinity}},
        "nodeSelector": value.get("nodeSelector"),
        "tolerations": value.get("tolerations"),
    }
    check(pod, "PodSpec")
    result = {
        "hardNodeAffinity": None if affinity is None else marshal(affinity, "NodeSelector"),
        "nodeSelector": value.get("nodeSelector"),
        "tolerations": [marshal(item, "Toleration") for item in value.get("tolerations") or ()],
    }
    return {name: part for name, part in result.items() if part}


def _quantity(name: str, value: Any) -> str:
    try:
        return str(Quantity.from_json(value))
    except QuantityError as error:
        raise MalformedObjectError(f"resourceRequest.{name}: {error.message}") from None


def _component(table: Any) -> Mapping[str, Any]:
    value = _struct(table, "a component", "name", "replicas", "replicaRequirements")
    replicas, needs = value.get("replicas", 0), value.get("replicaRequirements")
    if type(replicas) is not int or not -_INT32 <= replicas < _INT32:
        raise wrong_type(("replicas",), replicas, "a whole number")
    result: dict[str, Any] = {"name": _text(value, "name"), "replicas": replicas}
    if needs is not None:
        result["replicaRequirements"] = _requirements(needs, "replicaRequirements", "priorityClassName")
    return result


def _reference(table: Any) -> Mapping[str, Any]:
    value = _struct(table, "a dependency", "apiVersion", "kind", "namespace", "name", "labelSelector")
    result: dict[str, Any] = {field: _text(value, field) for field in ("apiVersion", "kind", "namespace", "name")}
    selector = value.get("labelSelector")
    if selector is not None:
        check({"selector": selector}, "PersistentVolumeClaimSpec")
        result["labelSelector"] = marshal(selector, "LabelSelector")
        try:
            parse_label_selector(result["labelSelector"])
        except InvalidSelectorError as error:
            raise MalformedObjectError(f"the selector of a dependency is invalid: {error.message}") from None
    if not result["apiVersion"] or not result["kind"]:
        raise MalformedObjectError("a dependency has no apiVersion or no kind")
    if not result["name"] and selector is None:
        raise MalformedObjectError("a dependency has neither a name nor a labelSelector")
    return {field: part for field, part in result.items() if part or field == "labelSelector"}


def _text(value: Mapping[str, Any], field: str) -> str:
    member = value.get(field, "")
    if not isinstance(member, str):
        raise wrong_type((field,), member, "text")
    return member
