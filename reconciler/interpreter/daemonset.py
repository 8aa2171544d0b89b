"""DaemonSet (apps/v1). The nodes of the cluster decide the number of Pods, so the template has no replicas."""

from __future__ import annotations

from datetime import datetime

from reconciler.interpreter.conditions import current, in_progress, number, shortfall
from reconciler.interpreter.fields import integer_at
from reconciler.interpreter.go_types import check
from reconciler.interpreter.pod_references import references_in
from reconciler.interpreter.rules import KindRules
from reconciler.interpreter.status_counters import StatusCounters, is_observed
from reconciler.interpreter.status_items import count_at
from reconciler.model.health import Health
from reconciler.model.manifest import Manifest, mapping

_TYPE = "DaemonSet"
_STATUS = StatusCounters(
    _TYPE,
    (
        "currentNumberScheduled",
        "desiredNumberScheduled",
        "numberAvailable",
        "numberMisscheduled",
        "numberReady",
        "updatedNumberScheduled",
        "numberUnavailable",
    ),
)

_STEPS = (
    ("currentNumberScheduled", "LessCurrent", "run a Pod"),
    ("updatedNumberScheduled", "LessUpdated", "run the updated Pod"),
    ("numberAvailable", "LessAvailable", "have an available Pod"),
    ("numberReady", "LessReady", "have a ready Pod"),
)
"""(counter, reason while it is too small, what it counts), in the order of kstatus."""


def health(manifest: Manifest, now: datetime | None) -> Health:
    if integer_at(manifest, "metadata", "generation") is None:
        return in_progress("NoGeneration", "metadata.generation is not set")
    if integer_at(manifest, "status", "observedGeneration") is None:
        return in_progress("NoObservedGeneration", "the controller has not observed it yet")
    desired = number(manifest, "status", "desiredNumberScheduled", default=-1)
    if desired == -1:
        return in_progress("NoDesiredNumber", "the controller has not counted the nodes yet")
    for counter, reason, what in _STEPS:
        if missing := shortfall(desired, number(manifest, "status", counter), reason, f"nodes {what}"):
            return missing
    return current(f"{desired} nodes run a ready Pod")


def healthy(manifest: Manifest) -> bool:
    """Karmada's health: all desired Pods are updated, and all updated Pods are available."""
    check(manifest, _TYPE)
    status = mapping(manifest, "status")
    desired, updated, available = (
        count_at(status, name) for name in ("desiredNumberScheduled", "updatedNumberScheduled", "numberAvailable")
    )
    return is_observed(manifest) and updated >= desired and available >= updated


RULES = KindRules(
    kind="DaemonSet",
    groups=("apps", "extensions"),
    pod_template=("spec", "template"),
    go_type=_TYPE,
    dependencies=references_in(_TYPE, "spec", "template"),
    health=health,
    healthy=healthy,
    reflect=_STATUS.reflect,
    aggregate=_STATUS.aggregate,
)
