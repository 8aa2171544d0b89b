"""Affinity and anti-affinity between workloads (Karmada's feature gate WorkloadAffinity, off by default).

The product sets no workload affinity yet. The value exists for the conformance replay, which makes it from bindings
(`tests/conformance/workload_affinity.py`), and must be here because its filter is one of Karmada's filters, in their order.
"""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.keys import ClusterName


@dataclass(frozen=True, slots=True)
class WorkloadAffinity:
    """The clusters that other workloads allow or exclude."""

    allowed: frozenset[ClusterName] | None = None
    """Clusters that every other workload of the affinity group uses; None if there is no restriction."""
    excluded: frozenset[ClusterName] = frozenset()
    """Clusters that some other workload of the anti-affinity group uses."""

    def reason(self, cluster: str) -> str:
        """Why a cluster that does not hold the object is not eligible; empty if it is."""
        if self.allowed is not None and cluster not in self.allowed:
            return "ResourceBinding with the same affinity group does not target this cluster"
        return "cluster already has workload with the same anti-affinity group" if cluster in self.excluded else ""


NO_WORKLOAD_AFFINITY = WorkloadAffinity()
