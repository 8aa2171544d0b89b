"""ReplicaSet (apps/v1). For kstatus a ReplicaFailure is InProgress, because the controller tries again."""

from __future__ import annotations

from datetime import datetime

from reconciler.interpreter.conditions import conditions_of, current, in_progress, number, shortfall, surplus
from reconciler.interpreter.go_types import check
from reconciler.interpreter.pod_references import references_in
from reconciler.interpreter.pod_requirements import requirements_in
from reconciler.interpreter.replicas import count_reader, revise_if_present
from reconciler.interpreter.rules import KindRules
from reconciler.interpreter.status_counters import StatusCounters, is_observed
from reconciler.interpreter.status_items import count_at
from reconciler.model.health import Health
from reconciler.model.manifest import Manifest, get, mapping
from reconciler.model.wording import plural

_TYPE = "ReplicaSet"
_STATUS = StatusCounters(_TYPE, ("replicas", "readyReplicas", "availableReplicas"))


def health(manifest: Manifest, now: datetime | None) -> Health:
    for condition in conditions_of(manifest):
        if condition.type == "ReplicaFailure" and condition.status == "True":
            return in_progress("ReplicaFailure", condition.message or "Pods cannot be created or deleted")
    desired = number(manifest, "spec", "replicas", default=1)
    existing, labelled, ready, available = (
        number(manifest, "status", name) for name in ("replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas")
    )
    return (
        shortfall(desired, labelled, "LessLabelled", "replicas have the labels of the template")
        or shortfall(desired, available, "LessAvailable", "replicas are available")
        or shortfall(desired, ready, "LessReady", "replicas are ready")
        or surplus(desired, existing)
        or current(f"{plural(existing, 'replica')} available")
    )


def healthy(manifest: Manifest) -> bool:
    check(manifest, _TYPE)
    desired, available = get(manifest, "spec", "replicas"), count_at(mapping(manifest, "status"), "availableReplicas")
    return is_observed(manifest) and (desired is None or available >= desired)


RULES = KindRules(
    kind="ReplicaSet",
    groups=("apps", "extensions"),
    pod_template=("spec", "template"),
    go_type=_TYPE,
    replicas=count_reader("replicas"),
    replicas_path=("spec", "replicas"),
    replicas_defaulted=True,
    revise=revise_if_present("replicas"),
    requirements=requirements_in(_TYPE, "spec", "template"),
    dependencies=references_in(_TYPE, "spec", "template"),
    health=health,
    healthy=healthy,
    reflect=_STATUS.reflect,
    aggregate=_STATUS.aggregate,
)
