"""ReplicaSet (apps/v1). kstatus takes a ReplicaFailure for work in progress: the controller tries again."""

from __future__ import annotations

from datetime import datetime

from reconciler.interpreter.conditions import conditions_of, current, in_progress, number
from reconciler.interpreter.counts import count_in, revise_stated
from reconciler.interpreter.rules import KindRules
from reconciler.model.health import Health
from reconciler.model.manifest import Manifest


def health(manifest: Manifest, now: datetime | None) -> Health:
    for condition in conditions_of(manifest):
        if condition.type == "ReplicaFailure" and condition.status == "True":
            return in_progress("ReplicaFailure", condition.message or "Pods cannot be created or deleted")
    wanted = number(manifest, "spec", "replicas", default=1)
    existing, labelled, ready, available = (
        number(manifest, "status", name) for name in ("replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas")
    )
    if wanted > labelled:
        return in_progress("LessLabelled", f"{labelled} of {wanted} replicas carry the template's labels")
    if wanted > available:
        return in_progress("LessAvailable", f"{available} of {wanted} replicas are available")
    if wanted > ready:
        return in_progress("LessReady", f"{ready} of {wanted} replicas are ready")
    if existing > wanted:
        return in_progress("ExtraPods", f"{existing - wanted} replicas have yet to go")
    return current(f"{existing} replicas available")


RULES = KindRules(
    kind="ReplicaSet",
    groups=("apps", "extensions"),
    pod_template=("spec", "template"),
    typed_as="ReplicaSet",
    replicas=count_in("replicas"),
    count_path=("spec", "replicas"),
    revise=revise_stated("replicas"),
    health=health,
)
