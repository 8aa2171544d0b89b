"""Which change waits for which other change of the same plan.

An object waits for the Namespace and for the CustomResourceDefinition that hold it, where the same plan writes them. Pruning is
the reverse: a Namespace or a definition waits for the objects that it holds. Where a change fails, the changes that wait for it,
directly or through others, are not carried out (`apply/executor.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from reconciler.interpreter.containers import Containers, is_container
from reconciler.model.changes import Configure, Create, Prune, Stage, Write
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import Manifest


def dependencies(stages: Iterable[Stage]) -> dict[ResourceKey, tuple[ResourceKey, ...]]:
    """As `ChangeSet.dependencies`: object of a change → objects of the changes in earlier stages that it waits for."""
    writes = [(number, change) for number, stage in enumerate(stages) for change in stage if isinstance(change, Write)]
    stage_of = {change.key: number for number, change in writes}
    waits: dict[ResourceKey, list[ResourceKey]] = {}
    for key, other in _pairs([change for _, change in writes]):
        if stage_of[other] < stage_of[key]:
            waits.setdefault(key, []).append(other)
    return {key: tuple(others) for key, others in waits.items()}


def _pairs(writes: list[Write]) -> Iterator[tuple[ResourceKey, ResourceKey]]:
    """(the object that waits, the object that it waits for); for each object that waits, in the order of `writes`."""
    applied = _containers({change.key: change.desired.manifest for change in writes if isinstance(change, Create | Configure)})
    pruned = _containers({change.key: change.live for change in writes if isinstance(change, Prune)})
    for change in writes:
        if isinstance(change, Prune):
            yield from ((container, change.key) for container in pruned.holding(change.key))
        else:
            yield from ((change.key, container) for container in applied.holding(change.key))


def _containers(manifests: Mapping[ResourceKey, Manifest]) -> Containers:
    return Containers({key: manifest for key, manifest in manifests.items() if is_container(key)})
