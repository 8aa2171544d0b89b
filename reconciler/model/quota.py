"""A FederatedResourceQuota (policy.karmada.io/v1alpha1): what the workloads of one namespace may request over all clusters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.model.keys import ClusterName
from reconciler.model.manifest import Manifest
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.workload import Resources

PODS = "pods"
_REQUESTS = "requests."


@dataclass(frozen=True, slots=True)
class Quota:
    """One FederatedResourceQuota."""

    namespace: str
    name: str
    overall: Resources
    """Limits over all clusters together, by the names that are written there."""
    assignments: Mapping[ClusterName, Manifest]
    """`staticAssignments`: the `hard` of each cluster's ResourceQuota, as it is written."""
    origin: Origin = NOWHERE

    def __str__(self) -> str:
        return f"FederatedResourceQuota {self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class QuotaUse:
    """A quota that is in force, and how much of it is used: what the status branch records (Karmada: `status.overallUsed`)."""

    namespace: str
    name: str
    file: str
    """The file that declares it."""
    overall: Resources
    """Only what is counted (`counted_as`)."""
    used: Resources
    """By the same names."""

    def __str__(self) -> str:
        return f"FederatedResourceQuota {self.namespace}/{self.name}"

    @property
    def amounts(self) -> str:
        """`cpu 6 of 10, memory 2Gi of 8Gi`; empty where nothing is counted."""
        return ", ".join(f"{name} {self.used[name]} of {limit}" for name, limit in self.overall.items())


def counted_as(name: str) -> str:
    """What of a Pod's requests counts against this name of a quota: `requests.cpu` is cpu, as in a ResourceQuota. Empty where
    nothing of a Pod does: limits, numbers of other objects, storage of volumes."""
    asked = name.removeprefix(_REQUESTS)
    if asked in ("cpu", "memory", "ephemeral-storage", PODS):
        return "" if asked == PODS != name else asked
    if asked.startswith("hugepages-"):
        return asked
    is_extended = "/" in asked and not asked.startswith("count/") and ".storageclass.storage.k8s.io/" not in asked
    return asked if is_extended else ""
