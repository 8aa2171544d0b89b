"""What a pass begins because members or applications failed, as events. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from reconciler.model.eviction import EvictionPhase, task_on
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.recorded import RecordedState
from reconciler.passes.events import Event, Evicted, FailoverPaused
from reconciler.pipeline.compiled import Compiled


def failover_events(compiled: Compiled, after: RecordedState) -> Iterator[Event]:
    """One event for all objects that leave a member, or return to it, for the same reason. after: the state that the pass
    leaves."""
    begun: defaultdict[tuple[ClusterName, str, bool], list[ResourceKey]] = defaultdict(list)
    for key, decision in after.decisions.items():
        last = compiled.recorded.decisions.get(key)
        for task in decision.evictions if last is None or decision.evictions is not last.evictions else ():
            before = task_on(last.evictions, task.from_cluster) if last is not None else None
            returning = task.phase is EvictionPhase.RETURNING
            is_new = before is None or before.since != task.since
            if is_new or (returning and before is not None and before.phase is not EvictionPhase.RETURNING):
                begun[task.from_cluster, task.message, returning].append(key)
    for (name, reason, returning), keys in sorted(begun.items()):
        yield Evicted(name, tuple(sorted(keys)), reason, returning)
    if compiled.evictions.paused:
        yield FailoverPaused(compiled.evictions.paused)
