"""Warnings about entries of an outline, and about removals that the prune guard holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from reconciler.model.consent import ALLOW_PRUNE
from reconciler.model.issues import Issue, warning
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.wording import first_few, plural
from reconciler.review.guarded import Guarded
from reconciler.review.object_diff import ObjectDiff
from reconciler.review.outline.entries import Entry, Recreation, Scaling
from reconciler.review.outline.relocations import main_origin, origins_of
from reconciler.tenancy.rights import Denial


def entry_concerns(entries: Iterable[Entry]) -> Iterator[Issue]:
    """What is recreated or refused, and what gets no replicas."""
    for entry in entries:
        match entry:
            case Recreation():
                yield _recreated(entry)
            case Scaling():
                yield from _to_zero(entry)


def _recreated(entry: Recreation) -> Issue:
    objects, members, fields = (first_few(items, _FEW) for items in (entry.objects, entry.clusters, entry.fields))
    if entry.remedy:
        message = f"{objects}: an API server refuses this change on {members}: it does not let {fields} change"
        return warning("ChangeRefused", message, entry.remedy, origin=_first(entry.origins))
    message = f"{objects}: deleted and created again on {members}, because {fields} may not change"
    remedy = f"Put the old value of {fields} back if the objects must stay."
    return warning("Recreation", message, remedy, origin=_first(entry.origins))


def folder_concerns(differences: Iterable[ObjectDiff]) -> Iterator[Issue]:
    """Changes that folders take, and that the API servers which get what is in them refuse."""
    for one in differences:
        if one.immutable and one.in_folders:
            members, fields = first_few(one.clusters, _FEW), first_few(one.immutable, _FEW)
            takes = f"the folder of {members} takes" if len(one.clusters) == 1 else f"the folders of {members} take"
            message = f"{one.key}: {takes} this change, but an API server does not let {fields} change"
            remedy = "Put the old value back, unless what applies the folders deletes the object and creates it again."
            yield warning("ChangeRefused", message, remedy, origin=_first(origins_of([one])), subject=one.key)


def _to_zero(entry: Scaling) -> Iterator[Issue]:
    olds = {place.cluster: place.replicas or 0 for place in entry.before}
    stopped = [place.cluster for place in entry.after if place.replicas == 0 and olds.get(place.cluster)]
    if stopped:
        running = any(place.replicas for place in entry.after)
        left = "" if running else "; no replica is left"
        message = f"{first_few(entry.objects, _FEW)}: no replicas any more on {first_few(stopped, _FEW)}{left}"
        yield warning("ScaleToZero", message, "Check that nothing needs them.", origin=_first(entry.origins))


def guard_concerns(guarded: Iterable[Guarded], differences: Sequence[ObjectDiff]) -> Iterator[Issue]:
    """One warning for each member on which a sync would hold removals for its guard, and one for each Tenant that would remove
    too many."""
    limited: defaultdict[Denial, list[Guarded]] = defaultdict(list)
    for one in guarded:
        if one.consented:
            continue
        if one.denial is not None:
            limited[one.denial].append(one)
            continue
        message = f"{one.cluster}: a sync holds the removal of {plural(len(one.keys), 'object')} ({first_few(one.keys, _FEW)})"
        remedy = (
            f"If they may go, end the commit message with `{ALLOW_PRUNE}: {one.cluster}`. If not, put back what declared them."
        )
        yield warning("PruneGuard", message, remedy, origin=_origin([one], differences), subject=one.cluster)
    for denial, held in limited.items():
        keys = sorted({key for one in held for key in one.keys})
        message = f"a sync holds the removal of {plural(len(keys), 'object')} ({first_few(keys, _FEW)}): {denial.reason}"
        yield warning("RemovalLimit", message, denial.remedy, origin=_origin(held, differences))


def _origin(guarded: Iterable[Guarded], differences: Sequence[ObjectDiff]) -> Origin:
    """What most of these removals come from."""
    copies = {(key, one.cluster) for one in guarded for key in one.keys}
    gone = [each for each in differences if each.after is None and any((each.key, name) in copies for name in each.clusters)]
    return main_origin(gone)


def _first(origins: Sequence[Origin]) -> Origin:
    return origins[0] if origins else NOWHERE


_FEW = 3
"""Objects and members that a message names before it counts the rest."""
