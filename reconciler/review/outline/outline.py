"""Differences → entries: what happens in the same way to several objects is one entry, and what matters most comes first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import fields, replace
from itertools import groupby
from typing import TypeVar

from reconciler.pipeline.compiled import Compiled
from reconciler.review.object_diff import ObjectDiff
from reconciler.review.outline.copies import Revisions
from reconciler.review.outline.entries import Creation, Entry, Move, OverrideChange, PolicyChange, Recreation, Removal, Scaling
from reconciler.review.outline.field_changes import field_changes
from reconciler.review.outline.policies import changed_overrides, override_changes, policy_changes
from reconciler.review.outline.recreations import recreations
from reconciler.review.outline.relocations import relocations
from reconciler.review.outline.scalings import scalings

Foldable = TypeVar("Foldable", bound=Removal | Move | Recreation | Scaling | PolicyChange | OverrideChange | Creation)


def outline(differences: Sequence[ObjectDiff], before: Compiled, after: Compiled) -> tuple[Entry, ...]:
    """differences: sorted by object, as of `diff_compiled`, or between `after` and the members."""
    return tuple(_entries(differences, Revisions(before, after)))


def _entries(differences: Sequence[ObjectDiff], revisions: Revisions) -> Iterator[Entry]:
    overrides = changed_overrides(revisions)
    by_object = [(key, list(group)) for key, group in groupby(differences, key=lambda one: one.key)]
    relocated = _folded(relocations(by_object, revisions))
    yield from sorted((one for one in relocated if isinstance(one, Removal)), key=lambda one: (one.released, bool(one.left)))
    yield from (one for one in relocated if isinstance(one, Move))
    yield from _folded(recreations(differences, overrides))
    yield from _folded(scalings(by_object, revisions))
    yield from _folded(policy_changes(revisions))
    yield from _folded(override_changes(revisions))
    yield from field_changes((one for one in differences if not one.is_refused), overrides)
    yield from (one for one in relocated if isinstance(one, Creation))


def _folded(entries: Iterable[Foldable]) -> list[Foldable]:
    """Entries that differ in nothing but their objects and origins become one; in the order of the first of each."""
    groups: dict[Hashable, list[Foldable]] = defaultdict(list)
    for entry in entries:
        alike = tuple(getattr(entry, one.name) for one in fields(entry) if one.name not in ("objects", "origins"))
        groups[type(entry), alike].append(entry)
    return [_together(group) for group in groups.values()]


def _together(group: Sequence[Foldable]) -> Foldable:
    first = group[0]
    if len(group) == 1:
        return first
    objects = sorted(key for entry in group for key in entry.objects)
    origins = sorted({origin for entry in group for origin in entry.origins})
    return replace(first, objects=tuple(objects), origins=tuple(origins))
