"""The result of scheduling one workload."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.model.binding import TargetCluster
from reconciler.model.keys import ClusterName

NO_CLUSTER_FITS = "NoClusterFit"
UNSCHEDULABLE = "Unschedulable"
SCHEDULER_ERROR = "SchedulerError"


class ScheduleStatus(StrEnum):
    """How a decision ended."""

    SCHEDULED = "scheduled"
    UNCHANGED = "unchanged"
    """There was no reason to schedule."""
    IGNORED = "ignored"
    """Another scheduler decides, or scheduling is suspended."""
    REFUSED = "refused"
    """No targets could be found; see `ScheduleResult.refusal`."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why no targets could be found, as in Karmada's `Scheduled` condition."""

    reason: str
    """NoClusterFit: no cluster passes the filters; Unschedulable: too few available replicas; SchedulerError: everything else."""
    message: str
    lacks_capacity: bool = False
    """Whether capacity is the reason."""


@dataclass(frozen=True, slots=True)
class ScheduleResult:
    """Karmada's answer for one task."""

    status: ScheduleStatus
    targets: tuple[TargetCluster, ...] = ()
    """The targets afterwards. As in Karmada, there are none when no cluster fits."""
    components: tuple[tuple[str, int], ...] = ()
    """Name and replicas of each component, if the workload is placed in sets of components."""
    refusal: Refusal | None = None
    affinity_name: str = ""
    """Which of `clusterAffinities` is in use afterwards."""
    affinities_tried: tuple[str, ...] = ()
    """In the order in which they were tried."""
    rejected: Mapping[ClusterName, str] = field(default_factory=dict)
    """A reason for every cluster that is not a target, except those that are being deleted."""
    reasons: tuple[str, ...] = ()
    """How the decision was made, one sentence per step."""

    @property
    def retry(self) -> bool:
        """Whether Karmada tries again without a change. If no cluster fits, only a change helps. For the conformance replay."""
        return self.refusal is not None and self.refusal.reason != NO_CLUSTER_FITS
