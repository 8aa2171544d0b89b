"""Cluster API and its providers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.interpreter.argo_health.checks import (
    ALL_WELL,
    DEGRADED,
    HEALTHY,
    PROGRESSING,
    Lagging,
    condition,
    conditions,
    find_conditions,
    message_of,
    number,
    paused,
    rule,
    word,
    words,
)
from reconciler.model.health import ArgoHealth, ArgoHealthCode
from reconciler.model.manifest import Manifest, get, mapping, text


def _broken(manifest: Manifest) -> ArgoHealth | None:
    """Ready=False is normal while an object is created; it is an error only with severity Error."""
    bad = (one for one in find_conditions(manifest, "Ready", status="False") if text(one, "severity") == "Error")
    return next((ArgoHealth(DEGRADED, message_of(one)) for one in bad), None)


def _with_ready(phases: Mapping[Any, ArgoHealthCode]) -> Any:
    """A check of the phase, with the message of the Ready condition."""

    def check(manifest: Manifest) -> ArgoHealth | None:
        result = word("status.phase", phases, other=PROGRESSING)(manifest)
        if result is None or result.code is HEALTHY:
            return result
        message = next((message_of(one) for one in find_conditions(manifest, "Ready", status="False")), "")
        return ArgoHealth(result.code, message or result.message)

    return check


def _machines(manifest: Manifest) -> ArgoHealth | None:
    status = mapping(manifest, "status")
    if text(status, "phase") != "Running":
        return None
    total = number(status, "replicas")
    whole = total == number(status, "updatedReplicas") == number(status, "readyReplicas")
    return ALL_WELL if whole else ArgoHealth(PROGRESSING, "not all machines are ready")


def _checked(manifest: Manifest) -> ArgoHealth | None:
    expected, healthy = get(manifest, "status", "expectedMachines"), get(manifest, "status", "currentHealthy")
    if expected is None:
        return None
    return ALL_WELL if expected == healthy else ArgoHealth(DEGRADED, f"{healthy or 0} of {expected} machines are healthy")


def _errors(manifest: Manifest) -> ArgoHealth | None:
    message = [message_of(one) for one in find_conditions(manifest, status="False") if text(one, "severity") == "Error"]
    return ArgoHealth(DEGRADED, " ".join(message)) if message else None


RULES = {
    "Cluster.cluster.x-k8s.io": rule(paused(), _broken, _with_ready({"Provisioned": HEALTHY, "Failed": DEGRADED})),
    "Machine.cluster.x-k8s.io": rule(_with_ready({"Running": HEALTHY, "Failed": DEGRADED})),
    "MachineDeployment.cluster.x-k8s.io": rule(
        paused(), word("status.phase", {"Failed": DEGRADED, **words(PROGRESSING, "ScalingUp", "ScalingDown")}), _machines
    ),
    "MachineHealthCheck.cluster.x-k8s.io": rule(_checked),
    "MachinePool.cluster.x-k8s.io": rule(
        _with_ready({**words(HEALTHY, "Running", "Scaling"), **words(DEGRADED, "Failed", "Unknown")})
    ),
    "ClusterResourceSet.addons.cluster.x-k8s.io": rule(conditions(condition("ResourcesApplied", true=HEALTHY, false=DEGRADED))),
    "AWSManagedControlPlane.controlplane.cluster.x-k8s.io": rule(
        Lagging(),
        word("status.failureMessage", {"": PROGRESSING}, other=DEGRADED, message="status.failureMessage"),
        conditions(condition("EKSControlPlaneUpdating", true=PROGRESSING)),
        conditions(condition("Ready", true=HEALTHY)),
        _errors,
        otherwise=ArgoHealth(PROGRESSING, "not ready yet"),
    ),
}
