"""Other fields of copies that stay: each equal change once, with the objects and the members that have it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from reconciler.documents.json_writer import write_json
from reconciler.model.keys import ClusterName, PolicyRef, ResourceKey
from reconciler.model.manifest import Manifest, without
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.ownership import DIGEST_ANNOTATION
from reconciler.plan.mask_secrets import mask
from reconciler.review.object_diff import ObjectDiff
from reconciler.review.outline.entries import FieldsChange, Where
from reconciler.review.outline.parts import PartChange, changed_parts
from reconciler.review.outline.policies import override_origin
from reconciler.review.outline.relocations import origins_of
from reconciler.review.outline.scalings import is_scaled, scaled_field

NAME = "<name>"
"""What stands in a part for the name of each object."""


@dataclass(frozen=True, slots=True)
class _Found:
    """One part of one difference."""

    part: PartChange
    difference: ObjectDiff
    origins: tuple[Origin, ...]


def visible_parts(before: Manifest, after: Manifest) -> tuple[PartChange, ...]:
    """What differs, with the values of Secrets masked. Our digest changes with every change, so it says nothing more."""
    old, new = (without(masked, ("metadata", "annotations", DIGEST_ANNOTATION)) for masked in mask(before, after))
    return changed_parts(old, new)


def field_changes(differences: Iterable[ObjectDiff], overrides: Collection[PolicyRef]) -> list[FieldsChange]:
    """Sorted: the changes with most copies first, then by object. Numbers of replicas are in `scalings.py`.

    overrides: the override policies that the revision changes; they are named as origin of what they write.
    """
    found = [one for difference in differences for one in _parts(difference, overrides)]
    groups = list(_by_part(found))
    alone = [one for group in groups if len({each.difference.key for each in group}) == 1 for one in group]
    shared = [group for group in groups if len({each.difference.key for each in group}) > 1]
    entries = _joined([*shared, *_by_generic_part(alone)])
    return sorted(entries, key=_rank)


def _parts(difference: ObjectDiff, overrides: Collection[PolicyRef]) -> Iterator[_Found]:
    old, new = difference.before, difference.after
    if old is None or new is None:
        return
    if not difference.is_before_known:  # Everything would be shown as new.
        yield _Found(_NOTHING, difference, origins_of([difference]))
        return
    numbers = scaled_field(new) if is_scaled(old, new) else ""
    parts = [part for part in visible_parts(old.manifest, new.manifest) if part.pointer != numbers]
    for part in parts:
        origin = override_origin(part.pointer, old, new, overrides)
        yield _Found(part, difference, origins_of([difference]) if origin == NOWHERE else (origin,))
    if not parts and not numbers:  # Only what is not shown differs, such as a Secret's other spelling of the same value.
        yield _Found(_NOTHING, difference, origins_of([difference]))


def _by_part(found: Iterable[_Found]) -> Iterable[list[_Found]]:
    groups: dict[bytes, list[_Found]] = defaultdict(list)
    for one in found:
        groups[_identity(one.part, one.difference.reason)].append(one)
    return groups.values()


def _by_generic_part(found: Sequence[_Found]) -> Iterator[list[_Found]]:
    """Parts that are equal but for the name of their object become one; all others stay what they are."""
    groups: dict[bytes, list[tuple[_Found, PartChange]]] = defaultdict(list)
    for one in found:
        generic = _generic(one.part, one.difference.key.name)
        groups[_identity(generic, one.difference.reason)].append((one, generic))
    for group in groups.values():
        if len({one.difference.key for one, _ in group}) > 1:
            yield [replace(one, part=generic) for one, generic in group]
        else:
            yield from _by_part(one for one, _ in group)


def _joined(groups: Iterable[list[_Found]]) -> Iterator[FieldsChange]:
    """Parts that the same copies have become one entry."""
    entries: dict[tuple[tuple[Where, ...], str], list[list[_Found]]] = defaultdict(list)
    for group in groups:
        clusters: dict[ResourceKey, set[ClusterName]] = defaultdict(set)
        for one in group:
            clusters[one.difference.key].update(one.difference.clusters)
        where = tuple(Where(key, tuple(sorted(names))) for key, names in sorted(clusters.items()))
        entries[where, group[0].difference.reason].append(group)
    for (where, reason), parts in entries.items():
        origins = {origin for group in parts for one in group for origin in one.origins}
        shown = sorted((group[0].part for group in parts if group[0].part != _NOTHING), key=lambda part: part.path)
        yield FieldsChange(where, tuple(shown), tuple(sorted(origins)), reason)


def _rank(entry: FieldsChange) -> tuple[object, ...]:
    copies = sum(len(where.clusters) for where in entry.where)
    return (-len(entry.where), -copies, entry.objects, [part.path for part in entry.parts])


def _identity(part: PartChange, reason: str) -> bytes:
    return write_json([part.path, part.before, part.after, reason], option=orjson.OPT_SORT_KEYS)


def _generic(part: PartChange, name: str) -> PartChange:
    whole = re.compile(rf"(?<![A-Za-z0-9.-]){re.escape(name)}(?![A-Za-z0-9-])")

    def general(value: Any) -> Any:
        if isinstance(value, str):
            return whole.sub(NAME, value)
        if isinstance(value, list):
            return [general(item) for item in value]
        return {general(key): general(item) for key, item in value.items()} if isinstance(value, dict) else value

    return replace(part, path=tuple(map(general, part.path)), before=general(part.before), after=general(part.after))


_NOTHING = PartChange((), None, None)
