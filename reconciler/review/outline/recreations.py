"""Copies that stay and change in a field that an API server does not let change (`review/immutable_changes.py`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from reconciler.cluster.immutable_fields import remedy_for_kind
from reconciler.model.keys import PolicyRef, ResourceKey
from reconciler.model.manifest import Manifest
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.recreation import recreation_advice
from reconciler.review.object_diff import ObjectDiff
from reconciler.review.outline.entries import Recreation
from reconciler.review.outline.policies import override_origin
from reconciler.review.outline.relocations import origins_of


def recreations(differences: Iterable[ObjectDiff], overrides: Collection[PolicyRef]) -> Iterator[Recreation]:
    """The entries of one object each. differences: sorted by object.

    overrides: the override policies that the revision changes.
    """
    groups: dict[tuple[ResourceKey, tuple[str, ...], str], list[ObjectDiff]] = defaultdict(list)
    for one in differences:
        if one.after is not None and (one.is_recreated or one.is_refused):
            groups[one.key, one.immutable, _remedy(one.after.manifest) if one.is_refused else ""].append(one)
    for (key, fields, remedy), alike in groups.items():
        clusters = sorted(name for one in alike for name in one.clusters)
        origins = sorted({origin for one in alike for origin in _origins(one, overrides)})
        yield Recreation((key,), tuple(clusters), fields, remedy, tuple(origins))


def _remedy(after: Manifest) -> str:
    return " ".join(filter(None, (remedy_for_kind(after), recreation_advice(after))))


def _origins(difference: ObjectDiff, overrides: Collection[PolicyRef]) -> Collection[Origin]:
    old, new = difference.before, difference.after
    if old is None or new is None:
        return ()
    rules = {override_origin(f"/{field.replace('.', '/')}", old, new, overrides) for field in difference.immutable} - {NOWHERE}
    return rules or origins_of([difference])
