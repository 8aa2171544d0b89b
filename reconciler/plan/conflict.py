"""A conflict: an object that we want to write exists in the member and is not ours (Karmada pkg/util/objectwatcher).

The policy decides: `conflictResolution: Abort` leaves the object alone, `Overwrite` takes it over. Every apply is forced, so
there is no conflict with another field manager over a single field.
"""

from __future__ import annotations

from reconciler.model.changes import Skip
from reconciler.model.manifest import Manifest
from reconciler.model.work import RenderedManifest


def conflict(desired: RenderedManifest, live: Manifest, *, ours: bool) -> Skip | None:
    """The refusal to write `desired` over a live object; None where we may write it."""
    return None if may_write(desired.conflict_resolution, ours=ours) else Skip(desired.key, _CONFLICT, desired, live)


def may_write(conflict_resolution: str, *, ours: bool) -> bool:
    """True where the object is ours, or where its conflict resolution is `Overwrite`."""
    return ours or conflict_resolution == "Overwrite"


_CONFLICT = (
    "it already exists there and is not ours; set conflictResolution: Overwrite in its policy to take it over, or give the "
    "object in Git another name"
)


def taken_over_from(instance: str) -> str:
    """The reason of a write over an object that was not ours. instance: the reconciler whose object it was; empty for none."""
    return f"taken over{f' from the reconciler {instance}' if instance else ''} (conflictResolution: Overwrite)"
