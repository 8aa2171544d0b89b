"""Job and Argo's Workflow: work that ends."""

from __future__ import annotations

from reconciler.interpreter.argo_health.checks import DEGRADED, HEALTHY, PROGRESSING, SUSPENDED, UNKNOWN
from reconciler.interpreter.conditions import conditions_of
from reconciler.interpreter.go_types import check
from reconciler.model.health import Opinion, Verdict
from reconciler.model.manifest import Manifest, text

_PHASES: dict[str, Verdict] = {
    "": PROGRESSING,
    "Pending": PROGRESSING,
    "Running": PROGRESSING,
    "Succeeded": HEALTHY,
    "Failed": DEGRADED,
    "Error": DEGRADED,
}


def job(manifest: Manifest) -> Opinion:
    """Failed and Complete count by being there, whatever their status; Suspended=False means "resumed", and counts as well."""
    check(manifest, "Job")
    conditions = {one.type: one for one in conditions_of(manifest)}
    if "Failed" in conditions:
        return Opinion(DEGRADED, conditions["Failed"].message)
    told = [one for one in conditions_of(manifest) if one.type in ("Complete", "Suspended")]
    if not told:
        return Opinion(PROGRESSING)
    suspended = any(one.type == "Suspended" and one.status == "True" for one in told)
    return Opinion(SUSPENDED if suspended else HEALTHY, told[-1].message)


def workflow(manifest: Manifest) -> Opinion:
    return Opinion(_PHASES.get(text(manifest, "status", "phase"), UNKNOWN), text(manifest, "status", "message"))
