"""One live object beside the manifest that its member must hold, compared as a plan compares them.

What a sync would correct differs; what the server or other clients decide does not. No dry run is asked for, which a person who
may only read could not make: the object as a sync would leave it is the live object with the fields that differ as Git states
them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.cluster.packed_objects import packed
from reconciler.documents.writer import dump
from reconciler.model.autoscaling import SCALERS
from reconciler.model.changes import Configure, Create, Skip
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.live import LiveView, Record, Unread
from reconciler.model.manifest import Manifest
from reconciler.model.sealed import has_seal
from reconciler.model.work import Work
from reconciler.plan.apply_configuration import fields_to_ignore
from reconciler.plan.drift import deviations
from reconciler.plan.ignored_fields import is_ignored, with_live_values
from reconciler.plan.mask_secrets import mask
from reconciler.plan.plan_cluster import plan_objects
from reconciler.plan.whole_object import content
from reconciler.review.recorded_manifest import RecordedManifest


@dataclass(frozen=True, slots=True)
class CopyDiff:
    """Neither side where there is nothing to show; equal to each other where no field differs."""

    reason: str = ""
    """Why a sync would write the object, or would not, where there is something to say."""
    live: tuple[str, ...] = ()
    """The object in the member as lines of YAML, without what the server writes."""
    desired: tuple[str, ...] = ()
    """The same as a sync would leave it."""

    @property
    def is_as_desired(self) -> bool:
        return not self.reason and self.live == self.desired


def compare_copy(found: RecordedManifest, live: Manifest | None, scalers: Mapping[ResourceKey, Manifest] | None) -> CopyDiff:
    """live: None where the member does not hold it. scalers: the autoscalers in its namespace; None where they could not be read:
    then its number of replicas may be one's.

    Values of Secrets, and of what was encrypted in Git, are masked.
    """
    desired, member = found.rendered, ClusterName(found.member.name)
    if desired.sealed is not None or has_seal(desired.manifest):
        return CopyDiff(_ENCRYPTED)
    records: dict[ResourceKey, Record] = {key: packed(one, key) for key, one in (scalers or {}).items()}
    if live is not None:
        records[desired.key] = packed(live, desired.key)
    unread = Unread(dict.fromkeys(SCALERS, "not read") if scalers is None else {})
    view = LiveView.of_records(member, records, unread)
    plan = plan_objects(Work(member, (desired,)), view, {desired.key}, found.settings, found.interpreter)
    change = next(one for one in plan.changes if one.key == desired.key)
    if isinstance(change, Create) or live is None:
        return CopyDiff(_ABSENT, (), _lines(*mask(content(desired.manifest))))
    if isinstance(change, Skip):
        return CopyDiff(change.reason)
    if not isinstance(change, Configure):
        same = _lines(*mask(content(live)))
        return CopyDiff("", same, same)
    before, after = mask(content(live), content(_corrected(change)))
    return CopyDiff(change.reason, _lines(before), _lines(after))


def _corrected(change: Configure) -> Manifest:
    """The live object with the fields that differ as Git states them."""
    ignored = fields_to_ignore(change.desired.manifest, change.live, change.desired.write_policy)
    differing = [path for path in deviations(change.expected, change.live) if not is_ignored(path, ignored)]
    return with_live_values(change.live, change.expected, differing)


def _lines(manifest: Manifest | None) -> tuple[str, ...]:
    return tuple(dump(manifest).splitlines())


_ENCRYPTED = "It has values that were encrypted in Git, and this process has no key: it is not compared."
_ABSENT = "The member does not hold it; a sync creates it."
