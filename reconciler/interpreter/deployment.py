"""Deployment (apps/v1). An exceeded progress deadline is the only failure; all other states are a rollout in progress."""

from __future__ import annotations

from datetime import datetime

from reconciler.interpreter.conditions import conditions_of, current, failed, in_progress, number, shortfall, surplus
from reconciler.interpreter.fields import integer_at, put
from reconciler.interpreter.pod_references import references_in
from reconciler.interpreter.pod_requirements import requirements_in
from reconciler.interpreter.replicas import count_reader, revise_if_present
from reconciler.interpreter.rules import KindRules, MalformedObjectError
from reconciler.interpreter.status_counters import StatusCounters, is_rolled_out
from reconciler.model.health import Health
from reconciler.model.manifest import Manifest, annotations_of, labels_of, without
from reconciler.model.wording import plural

_TYPE = "Deployment"
_STATUS = StatusCounters(_TYPE, ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas"))
RETAIN_REPLICAS_LABEL = "resourcetemplate.karmada.io/retain-replicas"
"""Label of a template: the member keeps its own number of replicas, because something in the member scales the workload."""

_REVISIONS = frozenset({"deployment.kubernetes.io/revision", "deployment.kubernetes.io/revision-history"})
_NO_DEADLINE = (1 << 31) - 1
"""The deployment controller's value for "no deadline"."""


def clean(manifest: Manifest) -> Manifest:
    """A copy without the revision annotations of the controller (karmada pkg/resourceinterpreter/default/native/prune)."""
    if _REVISIONS.isdisjoint(annotations_of(manifest)):
        return manifest
    for annotation in _REVISIONS:
        manifest = without(manifest, ("metadata", "annotations", annotation))
    return manifest


def retain(desired: Manifest, live: Manifest, *, karmada_exact: bool = False) -> Manifest:
    if labels_of(desired).get(RETAIN_REPLICAS_LABEL) != "true":
        return desired
    count = integer_at(live, "spec", "replicas")
    if count is None:
        raise MalformedObjectError("the live object has no spec.replicas to keep")
    return put(desired, ("spec", "replicas"), count)


def health(manifest: Manifest, now: datetime | None) -> Health:
    progressed = number(manifest, "spec", "progressDeadlineSeconds", default=_NO_DEADLINE) == _NO_DEADLINE
    available = False
    for condition in conditions_of(manifest):
        if condition.type == "Progressing":
            if condition.reason == "ProgressDeadlineExceeded":
                return failed(condition.reason, condition.message or "the progress deadline has passed")
            progressed |= condition.status == "True" and condition.reason == "NewReplicaSetAvailable"
        elif condition.type == "Available":
            available |= condition.status == "True"
    waiting = _counts(manifest)
    if waiting is not None:
        return waiting
    if not progressed:
        return in_progress("ReplicaSetNotAvailable", "the newest ReplicaSet is not available yet")
    if not available:
        return in_progress("DeploymentNotAvailable", "too few Pods are available")
    return current(f"{plural(number(manifest, 'status', 'replicas'), 'replica')} available")


def _counts(manifest: Manifest) -> Health | None:
    desired = number(manifest, "spec", "replicas", default=1)
    existing, updated, ready, available = (
        number(manifest, "status", name) for name in ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
    )
    return (
        shortfall(desired, existing, "LessReplicas", "replicas exist")
        or shortfall(desired, updated, "LessUpdated", "replicas are updated")
        or surplus(desired, existing)
        or shortfall(updated, available, "LessAvailable", "updated replicas are available")
        or shortfall(desired, ready, "LessReady", "replicas are ready")
    )


RULES = KindRules(
    kind="Deployment",
    groups=("apps", "extensions"),
    pod_template=("spec", "template"),
    go_type=_TYPE,
    replicas=count_reader("replicas"),
    replicas_path=("spec", "replicas"),
    replicas_defaulted=True,
    revise=revise_if_present("replicas"),
    requirements=requirements_in(_TYPE, "spec", "template"),
    dependencies=references_in(_TYPE, "spec", "template"),
    clean=clean,
    retain=retain,
    health=health,
    healthy=is_rolled_out(_TYPE),
    reflect=_STATUS.reflect,
    aggregate=_STATUS.aggregate,
)
