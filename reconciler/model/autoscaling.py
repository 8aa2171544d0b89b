"""Autoscalers, which set a workload's number of replicas inside a member: HorizontalPodAutoscalers and KEDA's ScaledObjects."""

from __future__ import annotations

from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import Manifest, get, mapping, text

SCALERS = frozenset({("autoscaling", "HorizontalPodAutoscaler"), ("keda.sh", "ScaledObject")})
"""(group, kind)."""


def is_scaler(key: ResourceKey) -> bool:
    return (key.group, key.kind) in SCALERS


def scaled_by(scaler: Manifest) -> ResourceKey:
    """The workload that an autoscaler scales. KEDA may omit apiVersion and kind, which means a Deployment."""
    target = mapping(scaler, "spec", "scaleTargetRef")
    group = text(target, "apiVersion").rpartition("/")[0] if get(target, "apiVersion") else "apps"
    return ResourceKey(group, text(target, "kind") or "Deployment", text(scaler, "metadata", "namespace"), text(target, "name"))
