"""StatefulSet (apps/v1). Its Pods have identities, often volumes of their own: two copies would claim them both."""

from __future__ import annotations

from datetime import datetime

from reconciler.interpreter.conditions import current, in_progress, number, short_of, surplus
from reconciler.interpreter.counts import count_in, revise_stated
from reconciler.interpreter.pod_references import Reference, references_in
from reconciler.interpreter.pod_requirements import requirements_in
from reconciler.interpreter.rules import KindRules
from reconciler.interpreter.status_counters import StatusCounters, rolled_out
from reconciler.model.health import Health
from reconciler.model.manifest import Manifest, sequence, text

_TYPE = "StatefulSet"
_STATUS = StatusCounters(
    _TYPE,
    ("replicas", "currentReplicas", "updatedReplicas", "readyReplicas", "availableReplicas"),
    reports_observed=False,
    compares_with_member=True,
)
_references = references_in(_TYPE, "spec", "template")


def dependencies(manifest: Manifest) -> list[Reference]:
    """Without the claims that its own templates make."""
    own = {text(template, "metadata", "name") for template in sequence(manifest, "spec", "volumeClaimTemplates")}
    found = _references(manifest)
    return [each for each in found if each["kind"] != "PersistentVolumeClaim" or each["name"] not in own]


def health(manifest: Manifest, now: datetime | None) -> Health:
    if text(manifest, "spec", "updateStrategy", "type") == "OnDelete":
        return current("Pods are replaced when somebody deletes them")
    wanted = number(manifest, "spec", "replicas", default=1)
    existing, ready = number(manifest, "status", "replicas"), number(manifest, "status", "readyReplicas")
    return (
        short_of(wanted, existing, "LessReplicas", "replicas exist")
        or short_of(wanted, ready, "LessReady", "replicas are ready")
        or surplus(wanted, existing)
        or _rollout(manifest, wanted)
    )


def _rollout(manifest: Manifest, wanted: int) -> Health:
    partition = number(manifest, "spec", "updateStrategy", "rollingUpdate", "partition", default=-1)
    if partition != -1:
        updated = number(manifest, "status", "updatedReplicas")
        lagging = short_of(wanted - partition, updated, "PartitionRollout", "replicas above the partition are updated")
        return lagging or current(f"{updated} replicas updated, as the partition asks")
    standing = number(manifest, "status", "currentReplicas")
    if lagging := short_of(wanted, standing, "LessCurrent", "replicas are of the current revision"):
        return lagging
    if text(manifest, "status", "currentRevision") != text(manifest, "status", "updateRevision"):
        return in_progress("RevisionMismatch", "the updated revision is not the current one yet")
    return current(f"{number(manifest, 'status', 'replicas')} replicas ready")


RULES = KindRules(
    kind="StatefulSet",
    groups=("apps",),
    pod_template=("spec", "template"),
    typed_as=_TYPE,
    replicas=count_in("replicas"),
    replicas_path=("spec", "replicas"),
    replicas_defaulted=True,
    revise=revise_stated("replicas"),
    requirements=requirements_in(_TYPE, "spec", "template"),
    dependencies=dependencies,
    health=health,
    healthy=rolled_out(_TYPE),
    reflect=_STATUS.reflect,
    aggregate=_STATUS.aggregate,
    breaks_first=lambda manifest: True,
)
