"""PersistentVolumeClaim (v1). The member chooses the volume. A claim for a single writer must not exist in two clusters."""

from __future__ import annotations

from datetime import datetime

from reconciler.interpreter.conditions import current, in_progress
from reconciler.interpreter.fields import put, text_at
from reconciler.interpreter.go_types import check
from reconciler.interpreter.rules import KindRules, StatusItems
from reconciler.interpreter.status_items import normalized_reports, with_status
from reconciler.model.health import Health
from reconciler.model.manifest import Manifest, sequence, text, without

_TYPE = "PersistentVolumeClaim"
_SELECTED_NODE = "volume.kubernetes.io/selected-node"
_ONE_WRITER = frozenset({"ReadWriteOnce", "ReadWriteOncePod"})


def clean(manifest: Manifest) -> Manifest:
    """A copy without the node that a scheduler chose. An empty annotation stays, as in Karmada."""
    path = ("metadata", "annotations", _SELECTED_NODE)
    return without(manifest, path) if text(manifest, *path) else manifest


def retain(desired: Manifest, live: Manifest, *, karmada_exact: bool = False) -> Manifest:
    """`desired` with the volume that the member bound.

    karmada_exact: also where Git names a volume, so that a change of the name is dropped silently.
    """
    volume = text_at(live, "spec", "volumeName")
    is_chosen = text(desired, "spec", "volumeName") and not karmada_exact
    return put(desired, ("spec", "volumeName"), volume) if volume and not is_chosen else desired


def health(manifest: Manifest, now: datetime | None) -> Health:
    phase = text(manifest, "status", "phase")
    if phase != "Bound":
        return in_progress("NotBound", f"not bound to a volume, phase {phase or 'unknown'}")
    return current("bound")


def has_single_writer(manifest: Manifest) -> bool:
    """Whether the claim allows only one writer at a time."""
    return any(mode in _ONE_WRITER for mode in sequence(manifest, "spec", "accessModes"))


def healthy(manifest: Manifest) -> bool:
    check(manifest, _TYPE)
    return text(manifest, "status", "phase") == "Bound"


def aggregate(manifest: Manifest, items: StatusItems, now: datetime) -> Manifest:
    """Lost if one member reports Lost; else the last phase that is not Bound, even an empty one; else Bound."""
    check(manifest, _TYPE)
    merged = "Bound"
    for _, status in normalized_reports(items, "PersistentVolumeClaimStatus"):
        phase = text(status, "phase")
        if phase == "Lost":
            merged = phase
            break
        if phase != "Bound":
            merged = phase
    return with_status(manifest, _TYPE, {"phase": merged} if merged else {})


RULES = KindRules(
    kind=_TYPE,
    groups=("",),
    clean=clean,
    retain=retain,
    health=health,
    healthy=healthy,
    aggregate=aggregate,
    breaks_first=has_single_writer,
)
