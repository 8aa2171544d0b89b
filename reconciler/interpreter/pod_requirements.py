"""What one Pod of a template needs in a cluster: resources, and nodes that it can run on.

The amount of each resource is the larger of the sum over all containers and the largest init container (they run one by one),
plus the overhead. If a container has no request, its limit counts (karmada pkg/util/resource.go, pkg/util/helper/binding.go).
As in Karmada, sidecars (init containers that keep running) and resources of the Pod as a whole have no special rule. CPU is
counted in thousandths, all other resources in whole units, rounded up for each container.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from reconciler.interpreter.go_types import check
from reconciler.interpreter.go_types_form import marshal
from reconciler.model.label_syntax import key_problem
from reconciler.model.manifest import Manifest, get, mapping, sequence
from reconciler.model.quantity import Format, Quantity

_BASIC = frozenset({"cpu", "memory", "ephemeral-storage", "pods"})
_BINARY = frozenset({"memory", "ephemeral-storage"})
_HUGE_PAGES = "hugepages-"


def requirements(pod_template: Manifest) -> Mapping[str, Any] | None:
    """Karmada's `replicaRequirements`: `resourceRequest` (canonical quantities) and `nodeClaim`; None if there are none.

    pod_template: the mapping that contains the `spec` of the Pod; checked (`go_types.check`).
    """
    spec = mapping(pod_template, "spec")
    claim = _node_claim(spec)
    amounts = sorted(_amounts(spec, _requested).items())
    request = {name: quantity_of(name, amount).canonical for name, amount in amounts if amount > 0}
    needs = ({} if claim is None else {"nodeClaim": claim}) | ({"resourceRequest": request} if request else {})
    return needs or None


def requirements_in(type_name: str, *template: str) -> Callable[[Manifest], Mapping[str, Any] | None]:
    """The requirements rule of a kind whose pod template is at this path."""

    def find(manifest: Manifest) -> Mapping[str, Any] | None:
        check(manifest, type_name)
        return requirements(mapping(manifest, *template))

    return find


def is_counted(name: str) -> bool:
    """Whether Pods can request a resource of this name. A misspelled name, or `storage` of a volume, is not counted."""
    if name in _BASIC or name.startswith((_HUGE_PAGES, "attachable-volumes-")) or "kubernetes.io/" in name:
        return True
    return "/" in name and not name.startswith("requests.") and not key_problem(f"requests.{name}")


def requested_by(spec: Manifest) -> Mapping[str, int]:
    """What a Pod in a cluster requests, in the units of `quantity_of`. Limits do not count: an API server has made requests of
    those without any. Raises QuantityError."""
    return _amounts(spec, _requests)


def _amounts(spec: Manifest, of_container: Callable[[Any], Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for container in sequence(spec, "containers"):
        _add(total, of_container(container))
    for container in sequence(spec, "initContainers"):
        for name, amount in of_container(container).items():
            total[name] = max(total.get(name, 0), amount)
    _add(total, _counted(mapping(spec, "overhead")))
    return total


def _add(total: dict[str, int], amounts: Mapping[str, int]) -> None:
    for name, amount in amounts.items():
        total[name] = total.get(name, 0) + amount


def _requested(container: Any) -> dict[str, int]:
    return _counted({**mapping(container, "resources", "limits"), **mapping(container, "resources", "requests")})


def _requests(container: Any) -> dict[str, int]:
    return _counted(mapping(container, "resources", "requests"))


def _counted(quantities: Mapping[str, Any]) -> dict[str, int]:
    return {name: _amount(name, Quantity.from_json(value)) for name, value in quantities.items() if is_counted(name)}


def _amount(name: str, quantity: Quantity) -> int:
    return quantity.milli_value if name == "cpu" else quantity.value


def quantity_of(name: str, amount: int) -> Quantity:
    """The amount of a resource in the format that Karmada gives it. amount: thousandths of CPU, whole units of anything else."""
    if name == "cpu":
        return Quantity(amount, -3, Format.DECIMAL_SI)
    return Quantity(amount, 0, Format.BINARY_SI if name in _BINARY or name.startswith(_HUGE_PAGES) else Format.DECIMAL_SI)


def _node_claim(spec: Manifest) -> Mapping[str, Any] | None:
    affinity = get(spec, "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    selector = get(spec, "nodeSelector")
    claim = {
        "hardNodeAffinity": None if affinity is None else marshal(affinity, "NodeSelector"),
        "nodeSelector": {name: value or "" for name, value in (selector or {}).items()},
        "tolerations": [marshal(each or {}, "Toleration") for each in sequence(spec, "tolerations")],
    }
    if selector is None and not any(claim.values()):
        return None
    return {name: value for name, value in claim.items() if value}  # With an empty selector there is still a claim.
