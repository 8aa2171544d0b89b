"""StatefulSet (apps/v1). Its Pods have identities and often volumes; two copies would both claim them."""

from __future__ import annotations

from datetime import datetime

from reconciler.interpreter.conditions import current, in_progress, number, shortfall, surplus
from reconciler.interpreter.pod_references import Reference, references_in
from reconciler.interpreter.pod_requirements import requirements_in
from reconciler.interpreter.replicas import count_reader, revise_if_present
from reconciler.interpreter.rules import KindRules
from reconciler.interpreter.status_counters import StatusCounters, is_rolled_out
from reconciler.model.health import Health
from reconciler.model.manifest import Manifest, sequence, text
from reconciler.model.wording import plural

_TYPE = "StatefulSet"
_STATUS = StatusCounters(
    _TYPE,
    ("replicas", "currentReplicas", "updatedReplicas", "readyReplicas", "availableReplicas"),
    reports_observed=False,
    compares_with_member=True,
)
_references = references_in(_TYPE, "spec", "template")


def dependencies(manifest: Manifest) -> list[Reference]:
    """The references of its pod template, without claims that its own claim templates create."""
    own = {text(template, "metadata", "name") for template in sequence(manifest, "spec", "volumeClaimTemplates")}
    return [each for each in _references(manifest) if each["kind"] != "PersistentVolumeClaim" or each["name"] not in own]


def health(manifest: Manifest, now: datetime | None) -> Health:
    if text(manifest, "spec", "updateStrategy", "type") == "OnDelete":
        return current("Pods are replaced when they are deleted")
    desired = number(manifest, "spec", "replicas", default=1)
    existing, ready = number(manifest, "status", "replicas"), number(manifest, "status", "readyReplicas")
    return (
        shortfall(desired, existing, "LessReplicas", "replicas exist")
        or shortfall(desired, ready, "LessReady", "replicas are ready")
        or surplus(desired, existing)
        or _rollout(manifest, desired)
    )


def _rollout(manifest: Manifest, desired: int) -> Health:
    partition = number(manifest, "spec", "updateStrategy", "rollingUpdate", "partition", default=-1)
    if partition != -1:
        updated = number(manifest, "status", "updatedReplicas")
        missing = shortfall(desired - partition, updated, "PartitionRollout", "replicas above the partition are updated")
        return missing or current(f"{plural(updated, 'replica')} updated, as the partition requires")
    at_current = number(manifest, "status", "currentReplicas")
    if missing := shortfall(desired, at_current, "LessCurrent", "replicas are at the current revision"):
        return missing
    if text(manifest, "status", "currentRevision") != text(manifest, "status", "updateRevision"):
        return in_progress("RevisionMismatch", "the updated revision is not the current one yet")
    return current(f"{plural(number(manifest, 'status', 'replicas'), 'replica')} ready")


RULES = KindRules(
    kind="StatefulSet",
    groups=("apps",),
    pod_template=("spec", "template"),
    go_type=_TYPE,
    replicas=count_reader("replicas"),
    replicas_path=("spec", "replicas"),
    replicas_defaulted=True,
    revise=revise_if_present("replicas"),
    requirements=requirements_in(_TYPE, "spec", "template"),
    dependencies=dependencies,
    health=health,
    healthy=is_rolled_out(_TYPE),
    reflect=_STATUS.reflect,
    aggregate=_STATUS.aggregate,
    breaks_first=lambda manifest: True,
)
