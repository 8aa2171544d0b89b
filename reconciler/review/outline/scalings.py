"""Copies that stay and get another number of replicas."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.interpreter.registry import replicas_path
from reconciler.model.work import RenderedManifest
from reconciler.render.trace import to_pointer
from reconciler.review.outline.copies import Revisions, places, replicas_in
from reconciler.review.outline.entries import Scaling
from reconciler.review.outline.relocations import Grouped, origins_of


def scalings(grouped: Grouped, revisions: Revisions) -> Iterator[Scaling]:
    """The entries of one object each. grouped: sorted by object."""
    for key, differences in grouped:
        scaled = [one for one in differences if is_scaled(one.before, one.after) and not one.is_refused]
        if scaled:
            known = revisions.copies(key).corrected(differences)
            yield Scaling((key,), places(known.before), places(known.after), origins_of(scaled), scaled[0].reason)


def is_scaled(before: RenderedManifest | None, after: RenderedManifest | None) -> bool:
    """Whether both exist and state a number of replicas, and not the same."""
    numbers = {None if manifest is None else replicas_in(manifest) for manifest in (before, after)}
    return None not in numbers and len(numbers) > 1


def scaled_field(after: RenderedManifest) -> str:
    """RFC 6901 pointer of the number."""
    return to_pointer(replicas_path(after.manifest))
