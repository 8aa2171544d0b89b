"""What an upgrade would change: the same revision on both sides, made with something else on the second.

| Something else | How the second side is made |
|---|---|
| helm or kustomize | compiled here, with that program |
| a release of Kubernetes | compiled here, as if each member served what that release serves |
| a version of this program | rendered by that program (`other_program.py`), and compared here |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from reconciler.load.schemas import kubernetes_kinds
from reconciler.load.scope import scope_of
from reconciler.model.keys import ClusterName, GroupVersionKind, ResourceKey
from reconciler.model.manifest import Manifest, key_of
from reconciler.model.origin import NOWHERE
from reconciler.model.recorded import RecordedCluster, RecordedState
from reconciler.model.work import RenderedManifest, Work
from reconciler.pipeline.process.client import CompilerClient
from reconciler.plan.mask_secrets import mask_one
from reconciler.render.digest import digest_of
from reconciler.review.object_diff import ObjectDiff


@dataclass(frozen=True, slots=True)
class Upgrade:
    """With what the second side is compiled."""

    compiler: CompilerClient | None = None
    """None: with the same programs."""
    kubernetes: str = ""
    """A recorded release, such as `1.34`; empty: the members stay as they are."""
    words: str = ""
    """What is upgraded, such as `helm` with its path; empty for nothing."""

    def state(self, recorded: RecordedState) -> RecordedState:
        """What is known of the members afterwards."""
        return as_served_by(recorded, self.kubernetes) if self.kubernetes else recorded


NO_UPGRADE = Upgrade()


def as_served_by(recorded: RecordedState, release: str) -> RecordedState:
    """The state as if each member with an API server were of this release: the built-in kinds are those that it serves, and all
    others stay. Of a member that no pass has discovered, only the version is known then."""
    served = kubernetes_kinds.kinds_of(release)
    builtin = frozenset(chain.from_iterable(map(kubernetes_kinds.kinds_of, kubernetes_kinds.releases())))

    def apis(one: RecordedCluster) -> frozenset[GroupVersionKind] | None:
        own = (gvk for gvk in one.apis or () if gvk not in builtin and scope_of(gvk.group, gvk.kind) is None)
        return None if one.apis is None else frozenset((*served, *own))

    clusters = {
        name: one if one.is_directory else replace(one, version=f"v{release}.0", apis=apis(one))
        for name, one in recorded.clusters.items()
    }
    return replace(recorded, clusters=clusters)


Rendered = Mapping[ClusterName, Sequence[Manifest]]
"""What a program prints for each member (`render -o json`): the values of Secrets are masked."""


def diff_rendered(works: Mapping[ClusterName, Work], other: Rendered) -> list[ObjectDiff]:
    """From what this program renders to what the other one does; sorted by object, then by the first member. Values of Secrets
    are masked on both sides, so that only their names are compared."""
    groups: dict[tuple[ResourceKey, str, str], tuple[RenderedManifest | None, RenderedManifest | None, list[ClusterName]]] = {}
    for name in sorted({*works, *other}):
        ours = {one.key: replace(one, manifest=mask_one(one.manifest)) for one in works[name].manifests} if name in works else {}
        theirs = {key_of(one): one for one in other.get(name, ())}
        for key in {*ours, *theirs}:
            old = ours.get(key)
            new = _rendered(key, theirs[key], old) if key in theirs else None
            before, after = ("" if one is None else digest_of(one.manifest) for one in (old, new))
            if before != after:
                groups.setdefault((key, before, after), (old, new, []))[2].append(name)
    found = [ObjectDiff(key, old, new, tuple(names)) for (key, _, _), (old, new, names) in groups.items()]
    return sorted(found, key=lambda one: (one.key, one.clusters))


def _rendered(key: ResourceKey, manifest: Manifest, old: RenderedManifest | None) -> RenderedManifest:
    return RenderedManifest(key, manifest, "", NOWHERE) if old is None else replace(old, manifest=manifest)
