"""Job and Argo's Workflow: workloads that end."""

from __future__ import annotations

from reconciler.interpreter.argo_health.checks import DEGRADED, HEALTHY, PROGRESSING, SUSPENDED, UNKNOWN
from reconciler.interpreter.conditions import conditions_of
from reconciler.interpreter.go_types import check
from reconciler.model.health import ArgoHealth, ArgoHealthCode
from reconciler.model.manifest import Manifest, text

_PHASES: dict[str, ArgoHealthCode] = {
    "": PROGRESSING,
    "Pending": PROGRESSING,
    "Running": PROGRESSING,
    "Succeeded": HEALTHY,
    "Failed": DEGRADED,
    "Error": DEGRADED,
}


def job(manifest: Manifest) -> ArgoHealth:
    """Conditions Failed and Complete count whatever their status. Suspended=False means that the Job was resumed; it is
    Healthy."""
    check(manifest, "Job")
    conditions = {one.type: one for one in conditions_of(manifest)}
    if "Failed" in conditions:
        return ArgoHealth(DEGRADED, conditions["Failed"].message)
    relevant = [one for one in conditions_of(manifest) if one.type in ("Complete", "Suspended")]
    if not relevant:
        return ArgoHealth(PROGRESSING)
    suspended = any(one.type == "Suspended" and one.status == "True" for one in relevant)
    return ArgoHealth(SUSPENDED if suspended else HEALTHY, relevant[-1].message)


def workflow(manifest: Manifest) -> ArgoHealth:
    return ArgoHealth(_PHASES.get(text(manifest, "status", "phase"), UNKNOWN), text(manifest, "status", "message"))
