"""The eviction of one object from one member, as it is recorded (Karmada: `spec.gracefulEvictionTasks` of a binding)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from reconciler.model.binding import TargetCluster
from reconciler.model.failover import PurgeMode
from reconciler.model.keys import ClusterName

TAINT_UNTOLERATED = "TaintUntolerated"
APPLICATION_FAILURE = "ApplicationFailure"
"""Reasons of Karmada (pkg/apis/work/v1alpha2)."""
TAINT_MANAGER = "TaintManager"
APPLICATION_FAILOVER = "resource-binding-application-failover-controller"
"""Producers of Karmada; that of a cluster-scoped object begins with `cluster-`."""


class EvictionPhase(StrEnum):
    """How far an eviction is. Karmada forgets a task when the first phase ends."""

    EVICTING = "Evicting"
    """The object moves. It is not placed on the member."""
    EVICTED = "Evicted"
    """It has moved. The member may still hold the old copy, and does not get the object back yet."""
    RETURNING = "Returning"
    """It moves back."""


@dataclass(frozen=True, slots=True)
class EvictionTask:
    """One eviction."""

    from_cluster: ClusterName
    purge_mode: PurgeMode
    reason: str
    """TaintUntolerated or ApplicationFailure."""
    producer: str
    since: datetime
    """When it was decided, in whole seconds."""
    message: str = ""
    """What caused it, as a clause."""
    phase: EvictionPhase = EvictionPhase.EVICTING
    replicas: int = 0
    """What the member held; 0 for objects without replicas."""
    grace_period: timedelta | None = None
    """How long the old copy waits for its successor; None: `handoverTimeout` of the Configuration."""
    suppress_deletion: bool = False
    """Whether the old copy stays although its successor is Current (purge mode Never)."""
    preserved_labels: Mapping[str, str] = field(default_factory=dict)
    """What statePreservation kept of the status of the old copy."""
    clusters_before: tuple[TargetCluster, ...] = ()
    """The placement that the eviction ended."""
    affinity_before: str = ""
    """The term of `clusterAffinities` of that placement."""
    placement_before: str = ""
    """The digest of the placement that was decided from then."""

    @property
    def is_moving(self) -> bool:
        """Whether a move is under way."""
        return self.phase is not EvictionPhase.EVICTED


def task_on(tasks: tuple[EvictionTask, ...], cluster: str) -> EvictionTask | None:
    """The task of this member; None where there is none."""
    return next((task for task in tasks if task.from_cluster == cluster), None)


def kept_copies(tasks: Iterable[EvictionTask]) -> tuple[EvictionTask, ...]:
    """The tasks whose old copy stays for as long as the policy says so; no move waits for these."""
    return tuple(task for task in tasks if task.suppress_deletion)
