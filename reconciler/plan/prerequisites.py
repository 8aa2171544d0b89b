"""Which change waits for which other change of the same plan.

An object waits for the Namespace and for the CustomResourceDefinition that hold it, where the same plan writes them. Pruning is
the reverse: a Namespace or a definition waits for the objects that it holds. Where a change fails, the changes that wait for it,
directly or through others, are not carried out (`apply/executor.py`).
"""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.interpreter.containers import Containers, is_container
from reconciler.model.changes import Configure, Create, Prune, Skip, Stage, Unchanged
from reconciler.model.keys import ResourceKey


def dependencies(stages: Iterable[Stage]) -> dict[ResourceKey, tuple[ResourceKey, ...]]:
    """As `ChangeSet.dependencies`: object of a change → objects of the changes in earlier stages that it waits for."""
    writes = [
        (number, change)
        for number, stage in enumerate(stages)
        for change in stage
        if not isinstance(change, (Unchanged, Skip))  # Nearly all changes of most plans are Unchanged.
    ]
    containers = [(number, change) for number, change in writes if is_container(change.key)]
    stage_of = {change.key: number for number, change in containers}
    applied = Containers({one.key: one.desired.manifest for _, one in containers if isinstance(one, Create | Configure)})
    pruned = Containers({one.key: one.live for _, one in containers if isinstance(one, Prune)})
    waits: dict[ResourceKey, list[ResourceKey]] = {}
    for number, change in writes:
        if isinstance(change, Prune):
            for container in pruned.holding(change.key):
                if number < stage_of[container]:
                    waits.setdefault(container, []).append(change.key)
        elif earlier := [container for container in applied.holding(change.key) if stage_of[container] < number]:
            waits[change.key] = earlier
    return {key: tuple(others) for key, others in waits.items()}
