"""The noun of `diff`, `diff --live` and `simulate`: one change to one object."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.recreation import wants_recreation
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
    immutable: tuple[str, ...] = ()
    """The fields among the differing ones that an API server does not let change, as in `spec.selector`."""
    in_folders: bool = False
    """Where there are such fields: whether the members are folders, which take every change."""

    @property
    def is_before_known(self) -> bool:
        """Whether `before` is more than the kind and the name of a copy."""
        return self.before is not None and "apiVersion" in self.before.manifest

    @property
    def is_recreated(self) -> bool:
        """Whether the copies are deleted and created again, because their author agrees to that."""
        return self._meets_immutable_fields and self._may_recreate

    @property
    def is_refused(self) -> bool:
        """Whether the members refuse the change, so that the copies stay as they are."""
        return self._meets_immutable_fields and not self._may_recreate

    @property
    def _meets_immutable_fields(self) -> bool:
        return bool(self.immutable) and not self.in_folders

    @property
    def _may_recreate(self) -> bool:
        return self.after is not None and wants_recreation(self.after.manifest)
