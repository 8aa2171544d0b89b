"""A recorded eviction ⇄ an item of the document of its object; the fields that Karmada has, too, have its names."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from reconciler.model.eviction import EvictionPhase, EvictionTask
from reconciler.model.failover import PurgeMode
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import get, mapping, text
from reconciler.model.moments import time_text
from reconciler.record.document_fields import nonempty, parse_count, parse_items, parse_targets, parse_time, targets


def eviction_fields(task: EvictionTask) -> dict[str, Any]:
    grace = None if task.grace_period is None else int(task.grace_period.total_seconds())
    before = nonempty(affinity=task.affinity_before, placement=task.placement_before, clusters=targets(task.clusters_before))
    return nonempty(
        fromCluster=task.from_cluster,
        phase=task.phase.value,
        purgeMode=task.purge_mode.value,
        reason=task.reason,
        producer=task.producer,
        message=task.message,
        creationTimestamp=time_text(task.since),
        replicas=task.replicas or None,
        gracePeriodSeconds=grace,
        suppressDeletion=task.suppress_deletion or None,
        preservedLabelState=dict(sorted(task.preserved_labels.items())) or None,
        before=before or None,
    )


def parse_eviction(document: Any) -> EvictionTask:
    """Raises ValueError for a value that no version of this program writes."""
    grace = get(document, "gracePeriodSeconds")
    before = mapping(document, "before")
    return EvictionTask(
        from_cluster=ClusterName(text(document, "fromCluster")),
        purge_mode=PurgeMode(text(document, "purgeMode")),
        reason=text(document, "reason"),
        producer=text(document, "producer"),
        since=parse_time(text(document, "creationTimestamp")),
        message=text(document, "message"),
        phase=EvictionPhase(text(document, "phase")),
        replicas=parse_count(get(document, "replicas", default=0)),
        grace_period=None if grace is None else timedelta(seconds=parse_count(grace)),
        suppress_deletion=bool(get(document, "suppressDeletion")),
        preserved_labels={label: text(value) for label, value in mapping(document, "preservedLabelState").items()},
        clusters_before=parse_targets(parse_items(before, "clusters")),
        affinity_before=text(before, "affinity"),
        placement_before=text(before, "placement"),
    )
