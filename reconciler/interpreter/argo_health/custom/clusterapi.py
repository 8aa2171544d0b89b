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
    found,
    number,
    paused,
    rule,
    told_by,
    word,
    words,
)
from reconciler.model.health import Opinion, Verdict
from reconciler.model.manifest import Manifest, get, mapping, text


def _broken(manifest: Manifest) -> Opinion | None:
    """Ready=False is ordinary while something is built; it says itself when it is an error."""
    bad = (one for one in found(manifest, "Ready", status="False") if text(one, "severity") == "Error")
    return next((Opinion(DEGRADED, told_by(one)) for one in bad), None)


def _with_ready(phases: Mapping[Any, Verdict]) -> Any:
    """The phase decides, the Ready condition tells why."""

    def check(manifest: Manifest) -> Opinion | None:
        opinion = word("status.phase", phases, other=PROGRESSING)(manifest)
        if opinion is None or opinion.verdict is HEALTHY:
            return opinion
        said = next((told_by(one) for one in found(manifest, "Ready", status="False")), "")
        return Opinion(opinion.verdict, said or opinion.message)

    return check


def _machines(manifest: Manifest) -> Opinion | None:
    status = mapping(manifest, "status")
    if text(status, "phase") != "Running":
        return None
    total = number(status, "replicas")
    whole = total == number(status, "updatedReplicas") == number(status, "readyReplicas")
    return ALL_WELL if whole else Opinion(PROGRESSING, "not all machines are ready")


def _checked(manifest: Manifest) -> Opinion | None:
    expected, healthy = get(manifest, "status", "expectedMachines"), get(manifest, "status", "currentHealthy")
    if expected is None:
        return None
    return ALL_WELL if expected == healthy else Opinion(DEGRADED, f"{healthy or 0} of {expected} machines are healthy")


def _errors(manifest: Manifest) -> Opinion | None:
    said = [told_by(one) for one in found(manifest, status="False") if text(one, "severity") == "Error"]
    return Opinion(DEGRADED, " ".join(said)) if said else None


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
        otherwise=Opinion(PROGRESSING, "not ready yet"),
    ),
}
