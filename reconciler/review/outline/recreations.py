"""Copies that stay and change in a field that an API server does not let change (`interpreter/immutability.py`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator

from reconciler.cluster.immutable_fields import remedy_for_kind
from reconciler.interpreter.immutability import changed_immutable_fields
from reconciler.model.keys import ClusterName, PolicyRef
from reconciler.model.manifest import Manifest
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.recreation import recreation_advice, wants_recreation
from reconciler.review.object_diff import ObjectDiff
from reconciler.review.outline.entries import Recreation
from reconciler.review.outline.policies import override_origin
from reconciler.review.outline.relocations import Grouped, origins_of


def recreations(grouped: Grouped, overrides: Collection[PolicyRef], *, accepted: bool) -> Iterator[Recreation]:
    """The entries of one object each. grouped: sorted by object.

    overrides: the override policies that the revision changes. accepted: whether the members have accepted the differences in
    dry runs, so that nothing among them is refused.
    """
    for key, differences in grouped:
        found: dict[tuple[tuple[str, ...], str], tuple[list[ClusterName], set[Origin]]] = defaultdict(lambda: ([], set()))
        for one in differences:
            if one.before is None or one.after is None:
                continue
            fields = changed_immutable_fields(one.before.manifest, one.after.manifest)
            remedy = _remedy(one.after.manifest) if fields else ""
            if fields and not (accepted and remedy):
                clusters, origins = found[fields, remedy]
                clusters.extend(one.clusters)
                origins.update(_origins(one, fields, overrides))
        for (fields, remedy), (clusters, origins) in sorted(found.items()):
            yield Recreation((key,), tuple(sorted(clusters)), fields, remedy, tuple(sorted(origins)))


def _remedy(after: Manifest) -> str:
    """Empty where the author agrees to recreation."""
    return "" if wants_recreation(after) else " ".join(filter(None, (remedy_for_kind(after), recreation_advice(after))))


def _origins(difference: ObjectDiff, fields: Collection[str], overrides: Collection[PolicyRef]) -> Collection[Origin]:
    old, new = difference.before, difference.after
    if old is None or new is None:
        return ()
    rules = {override_origin(f"/{field.replace('.', '/')}", old, new, overrides) for field in fields} - {NOWHERE}
    return rules or origins_of([difference])
