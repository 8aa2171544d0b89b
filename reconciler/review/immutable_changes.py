"""What becomes of changes of fields that may not change: an API server refuses them, a folder takes them.

The whole change of a copy is refused then, with all its other fields, unless the template agrees to a recreation
(`model/recreation.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from reconciler.interpreter.immutability import changed_immutable_fields
from reconciler.model.cluster import Cluster
from reconciler.model.manifest import key_of
from reconciler.review.object_diff import ObjectDiff


def with_immutable_fields(
    differences: Iterable[ObjectDiff], clusters: Iterable[Cluster], *, accepted: bool = False
) -> Iterator[ObjectDiff]:
    """The differences; those with such fields name them, and those of API servers and of folders are apart.

    accepted: whether the API servers have accepted the differences in dry runs, so that nothing among them is refused.
    """
    folders = {cluster.name for cluster in clusters if cluster.directory}
    for one in differences:
        fields = _fields(one)
        if not fields:
            yield one
            continue
        for in_folders in (False, True):
            names = tuple(name for name in one.clusters if (name in folders) is in_folders)
            part = replace(one, clusters=names, immutable=fields, in_folders=in_folders)
            if names:
                yield replace(part, immutable=()) if part.is_refused and accepted else part


def _fields(difference: ObjectDiff) -> tuple[str, ...]:
    old, new = difference.before, difference.after
    if old is None or new is None or old.manifest.keys() <= _IDENTITY:
        return ()
    if key_of(old.manifest) != key_of(new.manifest):  # Another object in its place, such as the Job of a gate.
        return ()
    return changed_immutable_fields(old.manifest, new.manifest)


_IDENTITY = frozenset({"apiVersion", "kind", "metadata"})
"""What `before` consists of where nothing else of a copy is known, or shown."""
