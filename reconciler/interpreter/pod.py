"""Pod (v1). It counts as one replica. The member sets its node, its service account and the volumes for its token."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.interpreter.conditions import conditions_of, current, failed, in_progress
from reconciler.interpreter.fields import list_at, wrong_type
from reconciler.interpreter.go_types import check, parse_time
from reconciler.interpreter.go_types_form import marshal
from reconciler.interpreter.pod_references import references_in
from reconciler.interpreter.pod_requirements import requirements_in
from reconciler.interpreter.rules import KindRules, MalformedObjectError, StatusItems
from reconciler.interpreter.status_items import first_of, normalized_reports
from reconciler.model.health import Health
from reconciler.model.managed_fields import FieldPath, applied_alone, item_step
from reconciler.model.manifest import Manifest, Path, get, mapping, sequence, text

_TYPE = "Pod"
_PHASES = ("Failed", "Pending", "Running", "Succeeded")
"""The aggregated phase is the first of these that any member reports."""
_SCHEDULING_GRACE = timedelta(seconds=15)
"""How long an unschedulable Pod counts as not yet scheduled (kstatus)."""
_VOLUMES = ("f:spec", "f:volumes")
_BEGINNING = datetime.min.replace(tzinfo=UTC)


def health(manifest: Manifest, now: datetime | None) -> Health:
    phase = text(manifest, "status", "phase")
    match phase:
        case "Succeeded":
            return current("ran to completion")
        case "Failed":
            return current("ran to completion, without success")
        case "Running":
            return _running(manifest)
        case "Pending":
            return _pending(manifest, now)
        case "":
            return in_progress("PodNotObserved", "no controller has observed it yet")
    raise MalformedObjectError("status.phase is not a phase of a Pod")


def _running(manifest: Manifest) -> Health:
    if any(condition.type == "Ready" and condition.status == "True" for condition in conditions_of(manifest)):
        return current("ready")
    looping = [name for name in map(_crash_looping, list_at(manifest, "status", "containerStatuses") or ()) if name]
    if looping:
        return failed("ContainerCrashLooping", f"containers keep crashing: {', '.join(looping)}")
    return in_progress("PodRunningNotReady", "running, not ready yet")


def _crash_looping(status: Any) -> str:
    """The name of the container if it waits after repeated crashes; else empty."""
    if not isinstance(status, Mapping):
        raise wrong_type(("status", "containerStatuses"), [status], "a list of mappings")
    reason = text(status, "state", "waiting", "reason")
    return text(status, "name") if reason == "CrashLoopBackOff" else ""


def _pending(manifest: Manifest, now: datetime | None) -> Health:
    for condition in conditions_of(manifest):
        if condition.type == "PodScheduled" and condition.status == "False":
            if condition.reason != "Unschedulable":
                break
            created = parse_time(text(manifest, "metadata", "creationTimestamp")) or _BEGINNING
            if now is not None and now - created < _SCHEDULING_GRACE:
                return in_progress("PodNotScheduled", condition.message or "no node is assigned yet")
            return failed("PodUnschedulable", condition.message or "no node fits")
    return in_progress("PodPending", "pending")


def retain(desired: Manifest, live: Manifest, *, karmada_exact: bool = False) -> Manifest:
    """`desired` with the node and service account of the live Pod, the volumes that the member added, and their mounts.

    karmada_exact: with all volumes and mounts of the live Pod. An empty value in the member then replaces a desired one, and the
    result is the Pod as Go writes it, with `status: {}` and without unknown fields.
    """
    check(desired, _TYPE)
    check(live, _TYPE)
    ours, theirs = mapping(desired, "spec"), mapping(live, "spec")
    retained = {field: theirs.get(field) or ours.get(field) for field in ("nodeName", "serviceAccountName")}
    retained["volumes"] = _with_added(sequence(ours, "volumes"), live, "name", ("spec", "volumes"), _VOLUMES)
    if karmada_exact:
        retained = {field: theirs.get(field) for field in retained}
    mounted = {
        field: [_with_mounts(container, live, field, karmada_exact) for container in sequence(ours, field)]
        for field in ("containers", "initContainers")
        if ours.get(field) is not None
    }
    if karmada_exact:
        return marshal({**desired, "spec": {**ours, **retained, **mounted}}, _TYPE)
    return {**desired, "spec": {**ours, **{field: value for field, value in retained.items() if value}, **mounted}}


def _with_added(desired: list[Any], live: Manifest, key: str, path: Path, owned: FieldPath) -> list[Any]:
    """The desired items, and the live ones with other keys, unless we applied them ourselves: those Git does not want any more.

    path: of the list in the live Pod. owned: the same, as managed fields spell it.
    """
    known = {text(item, key) for item in desired}
    others = [item for item in sequence(live, *path) if text(item, key) not in known]
    return desired + [item for item in others if not applied_alone(live, (*owned, item_step(key, text(item, key))))]


def _with_mounts(container: Any, live: Manifest, field: str, karmada_exact: bool) -> Any:
    name = text(container, "name")
    places = [place for place, other in enumerate(sequence(live, "spec", field)) if text(other, "name") == name]
    if not places:
        return container
    path = ("spec", field, places[-1], "volumeMounts")
    if karmada_exact:
        return {**(container or {}), "volumeMounts": get(live, *path)}
    owned = ("f:spec", f"f:{field}", item_step("name", name), "f:volumeMounts")
    mounts = _with_added(sequence(container, "volumeMounts"), live, "mountPath", path, owned)
    return {**(container or {}), "volumeMounts": mounts} if mounts else container


def healthy(manifest: Manifest) -> bool:
    """Karmada's health: the Pod ran to completion, or runs and is ready. The first condition of the type counts."""
    check(manifest, _TYPE)
    phase = text(manifest, "status", "phase")
    conditions = sequence(manifest, "status", "conditions")
    ready = next((text(each, "status") for each in conditions if text(each, "type") == "Ready"), "")
    return phase == "Succeeded" or (phase == "Running" and ready == "True")


def aggregate(manifest: Manifest, items: StatusItems, now: datetime) -> Manifest:
    """The template with one phase, and the readiness and state of the containers of all members, without their names.

    The result is always the object as Go writes it. If `items` is None, the status stays.
    """
    check(manifest, _TYPE)
    if items is None:
        return marshal(manifest, _TYPE)
    statuses = [status for _, status in normalized_reports(items, "PodStatus")]
    containers = {
        field: [
            {name: container[name] for name in ("ready", "state") if name in container}
            for status in statuses
            for container in sequence(status, field)
        ]
        for field in ("containerStatuses", "initContainerStatuses")
    }
    phase = first_of(_PHASES, items, "PodStatus", unreported="Pending")
    return marshal({**manifest, "status": {**containers, **phase}}, _TYPE)


RULES = KindRules(
    kind=_TYPE,
    groups=("",),
    pod_template=(),
    go_type=_TYPE,
    replicas=lambda manifest: 1,
    requirements=requirements_in(_TYPE),
    dependencies=references_in(_TYPE),
    retain=retain,
    health=health,
    healthy=healthy,
    aggregate=aggregate,
)
