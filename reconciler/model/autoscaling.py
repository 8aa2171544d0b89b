"""Autoscalers, which set a workload's number of replicas inside a member: HorizontalPodAutoscalers and KEDA's ScaledObjects."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.binding import TargetCluster
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import Manifest, get, mapping, text

SCALERS = frozenset({("autoscaling", "HorizontalPodAutoscaler"), ("keda.sh", "ScaledObject")})
"""(group, kind)."""


@dataclass(frozen=True, slots=True)
class TargetShares:
    """How the workload that an autoscaler scales is divided, as far as its own minimum and maximum are divided by it.

    Only what was decided counts, never the number of replicas that a member has: else each change that an autoscaler makes would
    change its own limits.
    """

    target: ResourceKey
    """The workload."""
    clusters: tuple[TargetCluster, ...]
    """Its placement in force, sorted by name."""
    replicas: int
    """The total in Git; positive."""
    leaving: frozenset[ClusterName] = frozenset()
    """Clusters of these that hold more than was decided, until a copy elsewhere is Current."""


def is_scaler(key: ResourceKey) -> bool:
    return (key.group, key.kind) in SCALERS


def scaled_by(scaler: Manifest) -> ResourceKey:
    """The workload that an autoscaler scales. KEDA may omit apiVersion and kind, which means a Deployment."""
    target = mapping(scaler, "spec", "scaleTargetRef")
    group = text(target, "apiVersion").rpartition("/")[0] if get(target, "apiVersion") else "apps"
    return ResourceKey(group, text(target, "kind") or "Deployment", text(scaler, "metadata", "namespace"), text(target, "name"))
