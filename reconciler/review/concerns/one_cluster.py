"""Warnings about workloads that a change leaves on one member (`OneCluster`): nothing runs if that member is lost.

A workload that was on one member before, or is new, is not told: many are meant to be on one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from reconciler.interpreter.registry import replicas_path
from reconciler.model.issues import Issue, warning
from reconciler.model.origin import NOWHERE
from reconciler.model.work import RenderedManifest
from reconciler.review.object_diff import ObjectDiff
from reconciler.review.outline.copies import Revisions, replicas_in
from reconciler.review.outline.relocations import origins_of


def left_on_one_cluster(revisions: Revisions, differences: Sequence[ObjectDiff]) -> Iterator[Issue]:
    """differences: sorted by object."""
    for key, group in groupby(differences, key=lambda one: one.key):
        changed = list(group)
        gone = [one for one in changed if one.after is None]
        if not gone:
            continue
        copies = revisions.copies(key).corrected(changed)
        before, after = ([name for name, one in side.items() if _runs(one)] for side in (copies.before, copies.after))
        if len(before) > 1 and len(after) == 1:
            message = f"{key}: on {after[0]} alone, and on {len(before)} members before"
            remedy = "If it must survive the loss of a member, let its policy select several."
            yield warning("OneCluster", message, remedy, origin=next(iter(origins_of(gone)), NOWHERE), subject=key)


def _runs(rendered: RenderedManifest) -> bool:
    """Whether it is a workload that runs on, with replicas. Jobs, which end, have no `spec.replicas`."""
    return replicas_path(rendered.manifest) == ("spec", "replicas") and bool(replicas_in(rendered))
