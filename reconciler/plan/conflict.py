"""A conflict: an object that we want to write exists in the member and is not ours (Karmada pkg/util/objectwatcher).

The policy decides: `conflictResolution: Abort` leaves the object alone, `Overwrite` takes it over. A Chart with `adopt: true`
takes over what belongs to its release, and nothing else. `spec.adopt` of the Configuration takes over what carries the marks of a
deployer that is replaced. Every apply is forced, so there is no conflict with another field
manager over a single field.
"""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.adoption import Adopted, adopted_from
from reconciler.model.changes import Skip
from reconciler.model.helm_release import release_of
from reconciler.model.manifest import Manifest
from reconciler.model.ownership import owner_of
from reconciler.model.work import RenderedManifest


def conflict(desired: RenderedManifest, live: Manifest, adopt: Sequence[Adopted] = (), *, ours: bool) -> Skip | None:
    """The refusal to write `desired` over a live object; None where we may write it. adopt: `Settings.adopt`."""
    if may_write(desired.conflict_resolution, ours=ours) or _is_adopted(desired, live) or adopted_from(live, adopt):
        return None
    marked = adopted_from(live, Adopted)
    remedy = _REMEDY if marked is None else f"{marked} wrote it: set spec.adopt: [{marked}] in the Configuration, or {_REMEDY}"
    return Skip(desired.key, f"{_CONFLICT}{_other_release(desired, live)}; {remedy}", desired, live)


def may_write(conflict_resolution: str, *, ours: bool) -> bool:
    """Karmada's rule (pkg/util/objectwatcher): the object is ours, or its conflict resolution is `Overwrite`."""
    return ours or conflict_resolution == "Overwrite"


def _is_adopted(desired: RenderedManifest, live: Manifest) -> bool:
    """Whether it belongs to the release that is taken over, and no other reconciler wrote it."""
    return desired.adopts is not None and desired.adopts.owns(live) and not owner_of(live)


def _other_release(desired: RenderedManifest, live: Manifest) -> str:
    """Why the adoption of a release leaves the object alone."""
    if desired.adopts is None or desired.adopts.owns(live):
        return ""
    other = release_of(live)
    whose = f"it belongs to {other}" if other is not None else "it belongs to no release"
    return f" (adopt: true takes over what belongs to the Helm release {desired.adopts}, and {whose})"


_CONFLICT = "it already exists there and is not ours"
_REMEDY = "set conflictResolution: Overwrite in its policy to take it over, or give the object in Git another name"


def taken_over_from(desired: RenderedManifest, live: Manifest) -> str:
    """The reason of a write over an object that was not ours, and that `conflict` does not refuse."""
    if desired.conflict_resolution != "Overwrite" and desired.adopts is not None:
        return f"taken over from the Helm release {desired.adopts} (adopt: true)"
    if desired.conflict_resolution != "Overwrite" and (tool := adopted_from(live, Adopted)):
        return f"taken over from {tool} (spec.adopt)"
    instance = owner_of(live)
    return f"taken over{f' from the reconciler {instance}' if instance else ''} (conflictResolution: Overwrite)"
