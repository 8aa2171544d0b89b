"""ReplicaSet (apps/v1). kstatus takes a ReplicaFailure for work in progress: the controller tries again."""

from __future__ import annotations

from datetime import datetime

from reconciler.interpreter.conditions import conditions_of, current, in_progress, number, short_of, surplus
from reconciler.interpreter.counts import count_in, revise_stated
from reconciler.interpreter.go_types import check
from reconciler.interpreter.pod_references import references_in
from reconciler.interpreter.pod_requirements import requirements_in
from reconciler.interpreter.rules import KindRules
from reconciler.interpreter.status_counters import StatusCounters, is_observed
from reconciler.interpreter.status_items import count_at
from reconciler.model.health import Health
from reconciler.model.manifest import Manifest, get, mapping

_TYPE = "ReplicaSet"
_STATUS = StatusCounters(_TYPE, ("replicas", "readyReplicas", "availableReplicas"))


def health(manifest: Manifest, now: datetime | None) -> Health:
    for condition in conditions_of(manifest):
        if condition.type == "ReplicaFailure" and condition.status == "True":
            return in_progress("ReplicaFailure", condition.message or "Pods cannot be created or deleted")
    wanted = number(manifest, "spec", "replicas", default=1)
    existing, labelled, ready, available = (
        number(manifest, "status", name) for name in ("replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas")
    )
    return (
        short_of(wanted, labelled, "LessLabelled", "replicas carry the template's labels")
        or short_of(wanted, available, "LessAvailable", "replicas are available")
        or short_of(wanted, ready, "LessReady", "replicas are ready")
        or surplus(wanted, existing)
        or current(f"{existing} replicas available")
    )


def healthy(manifest: Manifest) -> bool:
    check(manifest, _TYPE)
    wanted, available = get(manifest, "spec", "replicas"), count_at(mapping(manifest, "status"), "availableReplicas")
    return is_observed(manifest) and (wanted is None or available >= wanted)


RULES = KindRules(
    kind="ReplicaSet",
    groups=("apps", "extensions"),
    pod_template=("spec", "template"),
    typed_as=_TYPE,
    replicas=count_in("replicas"),
    replicas_path=("spec", "replicas"),
    replicas_defaulted=True,
    revise=revise_stated("replicas"),
    requirements=requirements_in(_TYPE, "spec", "template"),
    dependencies=references_in(_TYPE, "spec", "template"),
    health=health,
    healthy=healthy,
    reflect=_STATUS.reflect,
    aggregate=_STATUS.aggregate,
)
