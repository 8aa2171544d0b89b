"""DaemonSet (apps/v1). The cluster's nodes decide the number, so there is none in the template."""

from __future__ import annotations

from datetime import datetime

from reconciler.interpreter.conditions import current, in_progress, number
from reconciler.interpreter.fields import integer_at
from reconciler.interpreter.rules import KindRules
from reconciler.model.health import Health
from reconciler.model.manifest import Manifest

_IN_ORDER = (
    ("currentNumberScheduled", "LessCurrent", "run a Pod"),
    ("updatedNumberScheduled", "LessUpdated", "run the updated Pod"),
    ("numberAvailable", "LessAvailable", "have an available Pod"),
    ("numberReady", "LessReady", "have a ready Pod"),
)
"""Counter, reason while it lags, and what it counts."""


def health(manifest: Manifest, now: datetime | None) -> Health:
    if integer_at(manifest, "metadata", "generation") is None:
        return in_progress("NoGeneration", "metadata.generation is not set")
    if integer_at(manifest, "status", "observedGeneration") is None:
        return in_progress("NoObservedGeneration", "the controller has not seen it yet")
    desired = number(manifest, "status", "desiredNumberScheduled", default=-1)
    if desired == -1:
        return in_progress("NoDesiredNumber", "the controller has not counted the nodes yet")
    for counter, reason, what in _IN_ORDER:
        reached = number(manifest, "status", counter)
        if desired > reached:
            return in_progress(reason, f"{reached} of {desired} nodes {what}")
    return current(f"{desired} nodes run a ready Pod")


RULES = KindRules(
    kind="DaemonSet",
    groups=("apps", "extensions"),
    pod_template=("spec", "template"),
    typed_as="DaemonSet",
    health=health,
)
