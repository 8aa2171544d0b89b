"""Evictions: where an object moves from, why, and since when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from reconciler.model.eviction import EvictionPhase, EvictionTask
from reconciler.model.moments import time_text
from reconciler.model.recorded import RecordedCluster

_DOES = {EvictionPhase.EVICTING: "leaves", EvictionPhase.EVICTED: "left", EvictionPhase.RETURNING: "returns to"}


def eviction_document(task: EvictionTask) -> dict[str, Any]:
    return {
        "cluster": task.from_cluster,
        "phase": task.phase.value,
        "reason": task.reason,
        "message": task.message,
        "since": time_text(task.since),
        "purgeMode": task.purge_mode.value,
    }


def eviction_text(task: EvictionTask) -> str:
    """`leaves member1 since 2026-01-01T12:00:00Z: the member has the taint …`."""
    since = f" since {time_text(task.since)}" if task.phase is EvictionPhase.EVICTING else f" (evicted {time_text(task.since)})"
    kept = "; its old copy is kept (purgeMode: Never)" if task.suppress_deletion else ""
    return f"{_DOES[task.phase]} {task.from_cluster}{since}: {task.message}{kept}"


def moves_text(tasks: Iterable[EvictionTask]) -> list[str]:
    """Of the evictions that are under way."""
    return [eviction_text(task) for task in tasks if task.is_moving or task.suppress_deletion]


def conditions_document(cluster: RecordedCluster | None) -> list[dict[str, Any]]:
    """The conditions of a member, sorted by type."""
    return [
        {
            "type": one.type,
            "status": one.status,
            "reason": one.reason,
            "message": one.message,
            "since": None if one.since is None else time_text(one.since),
        }
        for one in (cluster.conditions if cluster is not None else ())
    ]


def suspended_text(cluster: RecordedCluster) -> str:
    """That nothing is written to a member, and why; empty where it is not suspended."""
    if cluster.suspended is None:
        return ""
    return f"suspended: {cluster.suspended}" if cluster.suspended else "suspended"


def unready_text(cluster: RecordedCluster) -> str:
    """Why a member does not count as Ready, or will soon (not) count as Ready; empty where there is nothing to say."""
    ready, pending = cluster.readiness, cluster.pending_since
    if ready is None:
        return ""
    if ready.status != "True":
        return f"not Ready ({ready.reason}){_since(ready.since)}{'; it answers' + _since(pending) if pending is not None else ''}"
    return f"does not answer{_since(pending)}" if pending is not None else ""


def _since(moment: datetime | None) -> str:
    return "" if moment is None else f" since {time_text(moment)}"
