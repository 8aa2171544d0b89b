"""Short forms of what members show."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.autoscale.reading import MetricReading, Pod, PodName, Reading, Ready, Sample
from reconciler.load.parse_autoscalers import parse_federated_hpa
from reconciler.model.federated_hpa import FederatedHpa
from reconciler.model.keys import ClusterName

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
OLD = NOW - timedelta(hours=1)
CPU = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}


def hpa(metrics: Iterable[Any] = (CPU,), least: int = 1, most: int = 100, **behavior: Any) -> FederatedHpa:
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        "minReplicas": least,
        "maxReplicas": most,
        "metrics": list(metrics),
        **({"behavior": behavior} if behavior else {}),
    }
    return parse_federated_hpa({"metadata": {"name": "web", "namespace": "shop"}, "spec": spec})


def pods(count: int, cluster: str = "m1", *, phase: str = "Running", ready: str = "True", request: int = 100) -> tuple[Pod, ...]:
    names = [PodName(ClusterName(cluster), f"{phase.lower()}-{ready.lower()}-{number}") for number in range(count)]
    return tuple(Pod(name, phase, started=OLD, ready=Ready(ready, OLD), requests={"main": {"cpu": request}}) for name in names)


def used(some: Iterable[Pod], value: int) -> dict[PodName, Sample]:
    return {pod.name: Sample(value, NOW, timedelta(seconds=30)) for pod in some}


def reading(some: tuple[Pod, ...], *metrics: MetricReading, replicas: int = 0, spec: int = 0) -> Reading:
    """replicas: of the template. spec: over all members. Both as many as there are Pods where nothing else is said."""
    count = len(some)
    return Reading(replicas or count, spec or count, some, metrics, (spec or count) / (replicas or count))
