"""Service, Ingress, APIService, PersistentVolumeClaim: Healthy when the cluster has provided what they request."""

from __future__ import annotations

from reconciler.interpreter.argo_health.checks import ALL_WELL, DEGRADED, HEALTHY, PROGRESSING, UNKNOWN
from reconciler.interpreter.conditions import conditions_of
from reconciler.interpreter.go_types import check
from reconciler.model.health import ArgoHealth
from reconciler.model.manifest import Manifest, sequence, text

_NO_ADDRESS = ArgoHealth(PROGRESSING, "it has no load balancer address yet")
_PHASES = {"Bound": HEALTHY, "Pending": PROGRESSING, "Lost": DEGRADED}


def service(manifest: Manifest) -> ArgoHealth:
    is_load_balancer = text(manifest, "spec", "type") == "LoadBalancer"
    return _NO_ADDRESS if is_load_balancer and not sequence(manifest, "status", "loadBalancer", "ingress") else ALL_WELL


def ingress(manifest: Manifest) -> ArgoHealth:
    return ALL_WELL if sequence(manifest, "status", "loadBalancer", "ingress") else _NO_ADDRESS


def api_service(manifest: Manifest) -> ArgoHealth:
    for one in conditions_of(manifest):
        if one.type == "Available":
            return ArgoHealth(HEALTHY if one.status == "True" else PROGRESSING, f"{one.reason}: {one.message}")
    return ArgoHealth(PROGRESSING, "its availability has not been checked yet")


def claim(manifest: Manifest) -> ArgoHealth:
    check(manifest, "PersistentVolumeClaim")
    phase = text(manifest, "status", "phase")
    return ArgoHealth(_PHASES.get(phase, UNKNOWN), "" if phase == "Bound" else f"phase is {phase}" if phase else "")
