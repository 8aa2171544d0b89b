"""Copies that go, come or move."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from reconciler.model.keys import ResourceKey
from reconciler.model.origin import NOWHERE, Origin
from reconciler.review.object_diff import ObjectDiff
from reconciler.review.outline.copies import Revisions, replicas_in
from reconciler.review.outline.entries import Creation, Move, Place, Removal

Grouped = Sequence[tuple[ResourceKey, Sequence[ObjectDiff]]]
"""The differences of each object."""


def relocations(grouped: Grouped, revisions: Revisions) -> Iterator[Removal | Move | Creation]:
    """The entries of one object each. grouped: sorted by object."""
    for key, differences in grouped:
        gone = [one for one in differences if one.after is None]
        new = [one for one in differences if one.before is None]
        if new and any(not one.released for one in gone):
            yield _move(key, [one for one in gone if not one.released], new)
            gone, new = [one for one in gone if one.released], []
        left = tuple(sorted(revisions.copies(key).corrected(differences).after)) if gone else ()
        for (reason, released), some in _by_reason(gone).items():
            clusters = tuple(sorted(name for one in some for name in one.clusters))
            yield Removal((key,), clusters, left, origins_of(some), reason, released)
        for (reason, _), some in _by_reason(new).items():
            yield Creation((key,), _places(some), origins_of(some), reason)


def origins_of(differences: Sequence[ObjectDiff]) -> tuple[Origin, ...]:
    """Where the revision says so: what gives the object other members, or the template."""
    return tuple(sorted({one.cause if one.cause != NOWHERE else _declared(one) for one in differences} - {NOWHERE}))


def main_origin(differences: Sequence[ObjectDiff]) -> Origin:
    """The one that most of these name; of equal ones the first."""
    counts = Counter(origin for one in differences for origin in origins_of([one]))
    return min(counts, key=lambda origin: (-counts[origin], origin), default=NOWHERE)


def _move(key: ResourceKey, gone: Sequence[ObjectDiff], new: Sequence[ObjectDiff]) -> Move:
    sources = tuple(sorted(name for one in gone for name in one.clusters))
    causes = tuple(sorted({one.cause for one in (*gone, *new)} - {NOWHERE}))
    reason = next((one.reason for one in new if one.reason), "")
    return Move((key,), sources, _places(new), causes or origins_of(new), reason)


def _places(differences: Sequence[ObjectDiff]) -> tuple[Place, ...]:
    found = {name: replicas_in(one.after) for one in differences if one.after is not None for name in one.clusters}
    return tuple(Place(name, found[name]) for name in sorted(found))


def _by_reason(differences: Sequence[ObjectDiff]) -> dict[tuple[str, bool], list[ObjectDiff]]:
    groups: dict[tuple[str, bool], list[ObjectDiff]] = defaultdict(list)
    for one in differences:
        groups[one.reason, one.released].append(one)
    return groups


def _declared(difference: ObjectDiff) -> Origin:
    manifest = difference.after or difference.before
    return manifest.origin if manifest is not None else NOWHERE
