"""The noun of `diff`, `diff --live` and `simulate`: one change to one object."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.work import RenderedManifest


@dataclass(frozen=True, slots=True)
class ObjectDiff:
    """One change to one object, the same on all of these members."""

    key: ResourceKey
    before: RenderedManifest | None
    """None where the object is created."""
    after: RenderedManifest | None
    """None where the object is removed."""
    clusters: tuple[ClusterName, ...]
    """Sorted."""
    reason: str = ""
    """A phrase, where the change does not come from the revision itself, or does more or less than the revision says."""
    released: bool = False
    """Whether `after` is None although the object stays in the member, without our marks."""
    cause: Origin = NOWHERE
    """Where HEAD says so, if that is not the template: the line of a policy, or a Cluster."""
