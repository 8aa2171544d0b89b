"""Job (batch/v1). It runs once: a second copy would do the work twice, so a move removes the old copy first.

A Job can be cleaned and divided only if it is valid for the Go type of a Job, because Karmada does both on that type
(pkg/resourceinterpreter/default/native/prune, pkg/controllers/binding/common.go). Cleaning applies to kind Job of any group.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from reconciler.interpreter.conditions import conditions_of, current, failed, in_progress, number
from reconciler.interpreter.fields import integer_at, put, text_map_at
from reconciler.interpreter.go_types import check
from reconciler.interpreter.job_status import aggregate, reflect
from reconciler.interpreter.pod_references import references_in
from reconciler.interpreter.pod_requirements import requirements_in
from reconciler.interpreter.replicas import declared_count, revise_if_present
from reconciler.interpreter.rules import KindRules
from reconciler.model.health import Health
from reconciler.model.manifest import Manifest, get, mapping, text, without
from reconciler.model.weighted_division import divide_by_weight

_TYPE = "Job"
_SELECTOR = ("spec", "selector", "matchLabels")
_POD_LABELS = ("spec", "template", "metadata", "labels")
_GENERATED = {
    _SELECTOR: ("controller-uid", "batch.kubernetes.io/controller-uid"),
    _POD_LABELS: ("controller-uid", "batch.kubernetes.io/controller-uid", "job-name", "batch.kubernetes.io/job-name"),
}
"""Path → the labels that the Job controller of a cluster generates there."""


def replicas(manifest: Manifest) -> int:
    """The number of Pods that run at the same time: `parallelism`, but at most `completions`."""
    parallelism, completions = declared_count(manifest, "parallelism"), declared_count(manifest, "completions")
    workers = 1 if parallelism is None else parallelism
    return workers if completions is None else min(workers, completions)


def completions_of(manifest: Manifest) -> int | None:
    """`spec.completions`; None for a work queue, which has none. As in Karmada, null and a whole float are errors: the field must
    be absent or an integer."""
    check(manifest, _TYPE)
    return integer_at(manifest, "spec", "completions")


def completions_by_cluster(manifest: Manifest, shares: Mapping[str, int], uid: str = "") -> Mapping[str, int]:
    """Cluster → its part of `spec.completions`, in proportion to its replicas; `uid` breaks ties.

    Empty if there are no completions (a work queue) or no positive share; then the Job stays unchanged in all clusters.
    """
    completions = completions_of(manifest)
    if completions is None or not any(share > 0 for share in shares.values()):
        return {}
    return divide_by_weight(completions, shares, uid)


def with_completions(manifest: Manifest, completions: int) -> Manifest:
    return put(manifest, ("spec", "completions"), completions)


def divide_completions(manifest: Manifest, shares: Mapping[str, int], cluster: str, uid: str = "") -> Manifest:
    """A copy with this cluster's part of `spec.completions`, as `completions_by_cluster` gives it."""
    parts = completions_by_cluster(manifest, shares, uid)
    return with_completions(manifest, parts.get(cluster, 0)) if parts else manifest


def clean(manifest: Manifest) -> Manifest:
    """A copy without the generated labels, and without a time-to-live: a Job that the member deletes would be created again."""
    check(manifest, _TYPE)
    manifest = without(manifest, ("spec", "ttlSecondsAfterFinished"))
    if get(manifest, "spec", "manualSelector") is True:
        return manifest
    for path, names in _GENERATED.items():
        text_map_at(manifest, *path)
        for name in names:
            manifest = without(manifest, (*path, name))
    return manifest


def leave_to_controllers(manifest: Manifest) -> Manifest:
    """A copy without an empty selector: the API server generates it, and applying an empty one would remove it."""
    is_empty = not any(mapping(manifest, "spec", "selector").values())
    return without(manifest, _SELECTOR[:-1]) if is_empty and get(manifest, "spec", "manualSelector") is not True else manifest


def retain(desired: Manifest, live: Manifest, *, karmada_exact: bool = False) -> Manifest:
    """`desired` with the generated labels of the live Job, in its selector and its Pods.

    karmada_exact: with all labels of the live Job there, so that a label that Git changes is dropped silently.
    """
    for path, names in _GENERATED.items():
        labels = text_map_at(live, *path)
        if labels is None:
            continue
        if karmada_exact:
            desired = put(desired, path, labels)
        elif generated := {name: label for name, label in labels.items() if name in names}:
            desired = put(desired, path, {**mapping(desired, *path), **generated})
    return desired


def is_complete(manifest: Manifest) -> bool:
    """Whether the Job has done its work."""
    return any(condition.type == "Complete" and condition.status == "True" for condition in conditions_of(manifest))


def health(manifest: Manifest, now: datetime | None) -> Health:
    """For kstatus a running Job is Current, because its controller has nothing else to do."""
    goal = number(manifest, "spec", "completions", default=number(manifest, "spec", "parallelism", default=1))
    succeeded, failures = number(manifest, "status", "succeeded"), number(manifest, "status", "failed")
    for condition in conditions_of(manifest):
        if condition.status != "True":
            continue
        if condition.type == "Complete":
            return current(f"{succeeded} of {goal} completions succeeded")
        if condition.type == "Failed":
            return failed("JobFailed", f"{failures} Pods failed, {goal} completions desired")
        if condition.type == "Suspended" and get(manifest, "spec", "suspend") is True:
            return current("suspended")
    if not text(manifest, "status", "startTime"):
        return in_progress("JobNotStarted", "not started yet")
    return current(f"running: {number(manifest, 'status', 'active')} active, {succeeded} succeeded, {failures} failed")


RULES = KindRules(
    kind="Job",
    groups=("batch",),
    pod_template=("spec", "template"),
    go_type=_TYPE,
    replicas=replicas,
    replicas_path=("spec", "parallelism"),
    replicas_defaulted=True,
    revise=revise_if_present("parallelism"),
    requirements=requirements_in(_TYPE, "spec", "template"),
    dependencies=references_in(_TYPE, "spec", "template"),
    clean=clean,
    retain=retain,
    leave_to_controllers=leave_to_controllers,
    health=health,
    reflect=reflect,
    aggregate=aggregate,
    breaks_first=lambda manifest: True,
)
