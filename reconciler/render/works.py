"""All renderings together → one `Work` per cluster."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain, islice

from reconciler.model.issues import Issue
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.work import RenderedManifest, Work
from reconciler.render.template import Rendering

_BLOCK = 64
"""Renderings that are put together at once."""


def works_of(
    renderings: Mapping[ResourceKey, Rendering], kept: frozenset[ResourceKey], names: Sequence[ClusterName], memo: Memo
) -> dict[ClusterName, Work]:
    """renderings: sorted by key. kept: objects that stay as they are on every cluster. names: the clusters, sorted."""
    failed: defaultdict[ClusterName, dict[ResourceKey, Issue]] = defaultdict(dict)
    for key, rendering in renderings.items():
        for name, issue in rendering.failed.items():
            failed[name][key] = issue
    # Put together in blocks, each remembered: one changed template costs its block, and not a million steps.
    waiting = iter(renderings.values())
    blocks = [memo(_by_cluster, memo.tuple(block)) for block in iter(lambda: tuple(islice(waiting, _BLOCK)), ())]
    manifests = {name: tuple(chain.from_iterable(block.get(name, ()) for block in blocks)) for name in names}
    return {name: Work(name, manifests[name], kept, failed.get(name, {})) for name in names}


def _by_cluster(renderings: tuple[Rendering, ...]) -> Mapping[ClusterName, Sequence[RenderedManifest]]:
    manifests: defaultdict[ClusterName, list[RenderedManifest]] = defaultdict(list)
    for rendering in renderings:
        for name, manifest in rendering.manifests.items():
            manifests[name].append(manifest)
    return manifests
