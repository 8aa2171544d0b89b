"""On which members the copies of an object are, with their numbers of replicas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciler.interpreter.registry import replicas_path
from reconciler.model.desired import DesiredState
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import get
from reconciler.model.work import RenderedManifest
from reconciler.pipeline.compiled import Compiled
from reconciler.review.kept import by_new_name, manifests_of
from reconciler.review.object_diff import ObjectDiff
from reconciler.review.outline.entries import Place


@dataclass(frozen=True, slots=True)
class Revisions:
    """The two sides that are compared."""

    before: Compiled
    after: Compiled

    def copies(self, key: ResourceKey) -> Copies:
        """What the revisions say of one object."""
        before = by_new_name(manifests_of(self.before, key), self.after)
        return Copies(before, manifests_of(self.after, key), self.after.desired)


@dataclass(frozen=True, slots=True)
class Copies:
    """The copies of one object on all members, before and after."""

    before: Mapping[ClusterName, RenderedManifest]
    after: Mapping[ClusterName, RenderedManifest]
    declared: DesiredState
    """Afterwards."""

    def corrected(self, differences: Iterable[ObjectDiff]) -> Copies:
        """With what the differences say: they may come from the members themselves, and a copy that no difference takes away
        stays, although it is not rendered."""
        before, after = dict(self.before), dict(self.after)
        after |= {name: one for name, one in self.before.items() if name not in after and self.declared.cluster(name)}
        for one in differences:
            for side, manifest in ((before, one.before), (after, one.before if one.is_refused else one.after)):
                for name in one.clusters:
                    if manifest is None:
                        side.pop(name, None)
                    else:
                        side[name] = manifest
        return Copies(before, after, self.declared)


def places(copies: Mapping[ClusterName, RenderedManifest]) -> tuple[Place, ...]:
    """Sorted by member."""
    return tuple(Place(name, replicas_in(manifest)) for name, manifest in sorted(copies.items()))


def replicas_in(rendered: RenderedManifest) -> int | None:
    """The number of replicas that the manifest states; None if it states none, or if its kind has none."""
    number = get(rendered.manifest, *replicas_path(rendered.manifest))
    return number if isinstance(number, int) and not isinstance(number, bool) else None
