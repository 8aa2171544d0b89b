"""Health of any object: the checks of kstatus, in its order (sigs.k8s.io/cli-utils pkg/kstatus/status, generic.go).

kstatus tells whether the controller has finished, not whether the object works: a failed Pod is finished. If a field has a wrong
type, kstatus cannot read the object; then the health is Unknown, which is not unhealthy, because such controllers exist.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from reconciler.interpreter.conditions import conditions_of, current, failed, in_progress
from reconciler.interpreter.fields import integer_at, text_at
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.health import STALE, Health, HealthStatus
from reconciler.model.manifest import Manifest, text


def assess(manifest: Manifest, rule: Callable[[Manifest, datetime | None], Health] | None, now: datetime | None) -> Health:
    """The kstatus health of a live object. rule: of its kind; None for kinds without one. Never raises."""
    try:
        return _for_every_kind(manifest) or (_by_ready(manifest) if rule is None else rule(manifest, now))
    except MalformedObjectError as error:
        return Health(HealthStatus.UNKNOWN, error.message, "MalformedObject")


def _for_every_kind(manifest: Manifest) -> Health | None:
    if text_at(manifest, "metadata", "deletionTimestamp"):
        return Health(HealthStatus.TERMINATING, "marked for deletion", "Deleting")
    generation = integer_at(manifest, "metadata", "generation")
    if generation is not None:
        observed = integer_at(manifest, "status", "observedGeneration")
        if observed is not None and observed != generation:
            message = f"{text(manifest, 'kind')} is at generation {generation}, its controller has observed {observed}"
            return in_progress(STALE, message)
    for condition in conditions_of(manifest):
        if condition.type == "Reconciling" and condition.status == "True":
            return in_progress(condition.reason, condition.message)
        if condition.type == "Stalled" and condition.status == "True":
            return failed(condition.reason, condition.message)
    return None


def _by_ready(manifest: Manifest) -> Health:
    """The health of kinds without a rule: by the first valid `Ready` condition; Current if there is none."""
    for condition in conditions_of(manifest):
        if condition.type == "Ready":
            if condition.status == "True":
                return current("ready")
            if condition.status in ("False", "Unknown"):
                return in_progress(condition.reason, condition.message)
    return current("no condition shows a problem")
