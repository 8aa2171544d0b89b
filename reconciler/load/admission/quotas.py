"""Checks of FederatedResourceQuota (Karmada, pkg/webhook/federatedresourcequota).

The schema says that quantities are quantities. A cluster that two assignments name is no error there: the first one counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.load.admission.metadata import metadata_refusals
from reconciler.load.admission.refusal import Path, refusal
from reconciler.load.schemas.explain_violations import Violation
from reconciler.model.issues import Severity
from reconciler.model.label_syntax import key_problem
from reconciler.model.manifest import Manifest, mapping, sequence, text
from reconciler.model.quantity import Quantity, QuantityError, total
from reconciler.model.quota import counted_as

_SPEC: Path = ("spec",)
_WHOLE = frozenset(
    {
        "pods",
        "services",
        "replicationcontrollers",
        "resourcequotas",
        "secrets",
        "configmaps",
        "persistentvolumeclaims",
        "services.nodeports",
        "services.loadbalancers",
    }
)
"""Numbers of objects."""
_AMOUNTS = frozenset({"cpu", "memory", "ephemeral-storage"})
_NAMES = (
    _WHOLE
    | _AMOUNTS
    | {"storage", "requests.storage"}
    | {f"{prefix}.{name}" for prefix in ("requests", "limits") for name in _AMOUNTS}
)
"""Names without a slash that a ResourceQuota may limit (Kubernetes pkg/apis/core/helper)."""
_DNS_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?")


def quota_refusals(document: Manifest) -> Iterator[Violation]:
    """Why Karmada would refuse the quota, and what it would ignore, as warnings."""
    spec = mapping(document, "spec")
    name = text(document, "metadata", "name")
    if len(name) > 63:
        yield refusal(
            ("metadata", "name"), "must have at most 63 characters", "Shorten it: it is the name of the ResourceQuotas."
        )
    yield from metadata_refusals(document)
    overall = mapping(spec, "overall")
    yield from _amount_refusals(overall, (*_SPEC, "overall"))
    seen: set[str] = set()
    for index, item in enumerate(sequence(spec, "staticAssignments")):
        path: Path = (*_SPEC, "staticAssignments", index)
        yield from _cluster_refusals(item, path, seen)
        hard = mapping(item, "hard")
        yield from _amount_refusals(hard, (*path, "hard"))
        for resource in sorted(hard.keys() - overall.keys()):
            remedy = "Add it there, or remove it here."
            yield refusal((*path, "hard", resource), "has no limit in spec.overall", remedy)
    yield from _sum_refusals(overall, sequence(spec, "staticAssignments"))
    yield from _uncounted(overall, sequence(spec, "staticAssignments"))


def _cluster_refusals(item: Any, path: Path, seen: set[str]) -> Iterator[Violation]:
    cluster = text(item, "clusterName")
    if len(cluster) > 48 or not _DNS_LABEL.fullmatch(cluster):
        yield refusal((*path, "clusterName"), "must be the name of a cluster", "Write the name of a Cluster file.")
    elif cluster in seen:
        what = f"names {cluster} a second time, and only the first counts"
        yield refusal((*path, "clusterName"), what, "Keep one assignment for it.", "NotActedOn", Severity.WARNING)
    seen.add(cluster)


def _amount_refusals(amounts: Mapping[str, Any], path: Path) -> Iterator[Violation]:
    for name, value in amounts.items():
        if not _is_resource_name(name):
            remedy = "Write a resource as in a ResourceQuota, such as cpu, requests.memory, pods or nvidia.com/gpu."
            yield refusal((*path, name), "is not a resource that a ResourceQuota limits", remedy)
            continue
        amount = _quantity(value)
        if amount is not None and amount.sign < 0:
            yield refusal((*path, name), "must not be negative", "Write 0 or more.")
        elif amount is not None and (name in _WHOLE or name.startswith("count/")) and amount.nanos % 10**9:
            yield refusal((*path, name), "must be a whole number", "Write one: it is a number of objects.")


def _is_resource_name(name: str) -> bool:
    return name in _NAMES or name.removeprefix("requests.").startswith("hugepages-") or ("/" in name and not key_problem(name))


def _sum_refusals(overall: Mapping[str, Any], assignments: Any) -> Iterator[Violation]:
    for name, value in overall.items():
        limit = _quantity(value)
        assigned = [amount for item in assignments if (amount := _quantity(mapping(item, "hard").get(name))) is not None]
        if limit is not None and assigned and total(assigned) > limit:
            what = f"is less than the static assignments together, which are {total(assigned)}"
            yield refusal((*_SPEC, "overall", name), what, "Raise it, or lower the assignments.")


def _uncounted(overall: Mapping[str, Any], assignments: Any) -> Iterator[Violation]:
    """Karmada says nothing of a limit that it never compares with anything."""
    assigned = {name for item in assignments for name in mapping(item, "hard")}
    for name in overall:
        if _is_resource_name(name) and not counted_as(name) and name not in assigned:
            what = "limits nothing: only the requests of workloads and their Pods are added up over the clusters"
            remedy = "Give clusters their part of it in spec.staticAssignments, or remove it."
            yield refusal((*_SPEC, "overall", name), what, remedy, "NotActedOn", Severity.WARNING)


def _quantity(value: Any) -> Quantity | None:
    """None where there is none; the schema reports what is no quantity."""
    try:
        return None if value is None else Quantity.from_json(value)
    except QuantityError:
        return None
