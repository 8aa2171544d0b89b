"""Service, Ingress, APIService, PersistentVolumeClaim: well once the cluster around them has given what they ask for."""

from __future__ import annotations

from reconciler.interpreter.argo_health.checks import ALL_WELL, DEGRADED, HEALTHY, PROGRESSING, UNKNOWN
from reconciler.interpreter.conditions import conditions_of
from reconciler.interpreter.go_types import check
from reconciler.model.health import Opinion
from reconciler.model.manifest import Manifest, sequence, text

_NO_ADDRESS = Opinion(PROGRESSING, "no load balancer has given it an address yet")
_PHASES = {"Bound": HEALTHY, "Pending": PROGRESSING, "Lost": DEGRADED}


def service(manifest: Manifest) -> Opinion:
    balanced = text(manifest, "spec", "type") == "LoadBalancer"
    return _NO_ADDRESS if balanced and not sequence(manifest, "status", "loadBalancer", "ingress") else ALL_WELL


def ingress(manifest: Manifest) -> Opinion:
    return ALL_WELL if sequence(manifest, "status", "loadBalancer", "ingress") else _NO_ADDRESS


def api_service(manifest: Manifest) -> Opinion:
    for one in conditions_of(manifest):
        if one.type == "Available":
            return Opinion(HEALTHY if one.status == "True" else PROGRESSING, f"{one.reason}: {one.message}")
    return Opinion(PROGRESSING, "nobody has looked for its server yet")


def claim(manifest: Manifest) -> Opinion:
    check(manifest, "PersistentVolumeClaim")
    phase = text(manifest, "status", "phase")
    return Opinion(_PHASES.get(phase, UNKNOWN), "" if phase == "Bound" else f"phase is {phase}" if phase else "")
