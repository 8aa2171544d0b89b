"""What one pod of a template needs of a cluster: resources, and the nodes it may run on.

Per resource the larger of the sum over the containers and the largest initial container, which run one by one, plus the
overhead; a limit stands in for a request that is not stated (karmada pkg/util/resource.go, pkg/util/helper/binding.go).
Sidecars, initial containers that keep running, get no special treatment there, nor do resources of the Pod as a whole.
CPU is counted in thousandths, everything else in whole units, each rounded up container by container.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from reconciler.interpreter.go_types import check
from reconciler.interpreter.go_types_form import written
from reconciler.model.label_syntax import key_problem
from reconciler.model.manifest import Manifest, get, mapping, sequence
from reconciler.model.quantity import Format, Quantity

_BASIC = frozenset({"cpu", "memory", "ephemeral-storage", "pods"})
_BINARY = frozenset({"memory", "ephemeral-storage"})
_HUGE_PAGES = "hugepages-"


def requirements(pod_template: Manifest) -> Mapping[str, Any] | None:
    """Karmada's `replicaRequirements`: `resourceRequest` (canonical quantities) and `nodeClaim`; None if it needs nothing.

    `pod_template` is whatever holds a Pod's `spec`, of the right types (`typed.check`).
    """
    spec = mapping(pod_template, "spec")
    claim = _node_claim(spec)
    request = {name: _quantity(name, amount).canonical for name, amount in sorted(_amounts(spec).items()) if amount > 0}
    found = ({} if claim is None else {"nodeClaim": claim}) | ({"resourceRequest": request} if request else {})
    return found or None


def requirements_in(type_name: str, *template: str) -> Callable[[Manifest], Mapping[str, Any] | None]:
    """The rule of a kind that holds its pod template at this path."""

    def find(manifest: Manifest) -> Mapping[str, Any] | None:
        check(manifest, type_name)
        return requirements(mapping(manifest, *template))

    return find


def is_counted(name: str) -> bool:
    """Whether a resource of this name is one that Pods ask for; a misspelled name or a volume's `storage` is not."""
    if name in _BASIC or name.startswith((_HUGE_PAGES, "attachable-volumes-")) or "kubernetes.io/" in name:
        return True
    return "/" in name and not name.startswith("requests.") and not key_problem(f"requests.{name}")


def _amounts(spec: Manifest) -> dict[str, int]:
    total: dict[str, int] = {}
    for container in sequence(spec, "containers"):
        _add(total, _asked(container))
    for container in sequence(spec, "initContainers"):
        for name, amount in _asked(container).items():
            total[name] = max(total.get(name, 0), amount)
    _add(total, _counted(mapping(spec, "overhead")))
    return total


def _add(total: dict[str, int], amounts: Mapping[str, int]) -> None:
    for name, amount in amounts.items():
        total[name] = total.get(name, 0) + amount


def _asked(container: Any) -> dict[str, int]:
    return _counted({**mapping(container, "resources", "limits"), **mapping(container, "resources", "requests")})


def _counted(quantities: Mapping[str, Any]) -> dict[str, int]:
    return {name: _amount(name, Quantity.from_json(value)) for name, value in quantities.items() if is_counted(name)}


def _amount(name: str, quantity: Quantity) -> int:
    return quantity.milli_value if name == "cpu" else quantity.value


def _quantity(name: str, amount: int) -> Quantity:
    if name == "cpu":
        return Quantity(amount, -3, Format.DECIMAL_SI)
    return Quantity(amount, 0, Format.BINARY_SI if name in _BINARY or name.startswith(_HUGE_PAGES) else Format.DECIMAL_SI)


def _node_claim(spec: Manifest) -> Mapping[str, Any] | None:
    affinity = get(spec, "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    selector = get(spec, "nodeSelector")
    claim = {
        "hardNodeAffinity": None if affinity is None else written(affinity, "NodeSelector"),
        "nodeSelector": {name: value or "" for name, value in (selector or {}).items()},
        "tolerations": [written(each or {}, "Toleration") for each in sequence(spec, "tolerations")],
    }
    if selector is None and not any(claim.values()):
        return None
    return {name: value for name, value in claim.items() if value}  # A selector that selects nothing is still a claim.
