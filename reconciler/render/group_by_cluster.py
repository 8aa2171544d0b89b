"""From the renderings of all templates to one `Work` per cluster."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain, islice

from reconciler.model.issues import Issue
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.work import RenderedManifest, Work
from reconciler.render.render_template import Rendering

_BLOCK = 64
"""The number of renderings in one block."""


def works_of(
    renderings: Mapping[ResourceKey, Rendering], held: frozenset[ResourceKey], names: Sequence[ClusterName], memo: Memo
) -> dict[ClusterName, Work]:
    """renderings: sorted by key. held: objects that stay as they are on every cluster. names: the clusters, sorted."""
    failed: defaultdict[ClusterName, dict[ResourceKey, Issue]] = defaultdict(dict)
    for key, rendering in renderings.items():
        for name, issue in rendering.failed.items():
            failed[name][key] = issue
    # The memo keeps each block. So after an edit one block is grouped again, and not a million manifests.
    rest = iter(renderings.values())
    blocks = [memo(_by_cluster, memo.tuple(block)) for block in iter(lambda: tuple(islice(rest, _BLOCK)), ())]
    manifests = {name: tuple(chain.from_iterable(block.get(name, ()) for block in blocks)) for name in names}
    return {name: Work(name, manifests[name], held, failed.get(name, {})) for name in names}


def _by_cluster(renderings: tuple[Rendering, ...]) -> Mapping[ClusterName, Sequence[RenderedManifest]]:
    manifests: defaultdict[ClusterName, list[RenderedManifest]] = defaultdict(list)
    for rendering in renderings:
        for name, manifest in rendering.manifests.items():
            manifests[name].append(manifest)
    return manifests
