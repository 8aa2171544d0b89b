"""Warnings about workloads that a change puts on one member alone (`OneCluster`): nothing runs if that member is lost.

A workload that was on one member before is not told. New ones are told in one line, because many are meant to be on one; a
template that says so by its annotation (`model/survival.py`) is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from reconciler.interpreter.registry import replicas_path
from reconciler.model.issues import Issue, warning
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import annotations_of
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.survival import MIN_AVAILABLE_ANNOTATION
from reconciler.model.wording import first_few
from reconciler.model.work import RenderedManifest
from reconciler.review.object_diff import ObjectDiff
from reconciler.review.outline.copies import Revisions, replicas_in
from reconciler.review.outline.relocations import origins_of


def on_one_cluster(revisions: Revisions, differences: Sequence[ObjectDiff]) -> Iterator[Issue]:
    """differences: sorted by object. Nothing in a fleet of one member."""
    if len(revisions.after.desired.clusters) < 2:
        return
    new: list[tuple[ResourceKey, ClusterName, Origin]] = []
    for key, group in groupby(differences, key=lambda one: one.key):
        changed = list(group)
        copies = revisions.copies(key).corrected(changed)
        before, after = ([name for name, one in side.items() if _runs(one)] for side in (copies.before, copies.after))
        if len(after) != 1 or len(before) == 1 or _needs_none(copies.after[after[0]]):
            continue
        gone = [one for one in changed if one.after is None]
        origin = next(iter(origins_of(gone or changed)), NOWHERE)
        if before:
            message = f"{key}: on {after[0]} alone, and on {len(before)} members before"
            yield warning("OneCluster", message, f"{_REMEDY}.", origin=origin, subject=key)
        else:
            new.append((key, after[0], origin))
    if new:
        yield _new(new)


def _new(found: Sequence[tuple[ResourceKey, ClusterName, Origin]]) -> Issue:
    key, member, origin = found[0]
    remedy = f'{_REMEDY}; if not, annotate its template with {MIN_AVAILABLE_ANNOTATION}: "0".'
    if len(found) == 1:
        return warning("OneCluster", f"{key}: new, and on {member} alone", remedy, origin=origin, subject=key)
    pairs = first_few([f"{one} on {name}" for one, name, _ in found], _FEW)
    return warning("OneCluster", f"{len(found)} new workloads are on one member each ({pairs})", remedy, origin=origin)


def _runs(rendered: RenderedManifest) -> bool:
    """Whether it is a workload that runs on, with replicas. Jobs, which end, have no `spec.replicas`."""
    return replicas_path(rendered.manifest) == ("spec", "replicas") and bool(replicas_in(rendered))


def _needs_none(rendered: RenderedManifest) -> bool:
    """Whether its author says that no replica need survive a loss."""
    return annotations_of(rendered.manifest).get(MIN_AVAILABLE_ANNOTATION) in ("0", "0%")


_REMEDY = "If it must survive the loss of a member, let its policy select several"
_FEW = 3
"""Workloads that a message names before it counts the rest."""
