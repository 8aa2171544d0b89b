"""What scheduling one workload came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.model.binding import TargetCluster
from reconciler.model.keys import ClusterName

NO_CLUSTER_FITS = "NoClusterFit"
UNSCHEDULABLE = "Unschedulable"
SCHEDULER_ERROR = "SchedulerError"


class Verdict(StrEnum):
    SCHEDULED = "scheduled"
    UNCHANGED = "unchanged"
    """Looked at, and nothing was due."""
    IGNORED = "ignored"
    """Not ours to decide."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why no clusters were found, as Karmada's `Scheduled` condition says it."""

    reason: str
    """NoClusterFit: no cluster passes the filters; Unschedulable: too little room; SchedulerError: everything else."""
    message: str
    lacks_room: bool = False
    """Whether it is for room that there were none; else nobody looked at it, or it was enough."""


@dataclass(frozen=True, slots=True)
class Outcome:
    verdict: Verdict
    targets: tuple[TargetCluster, ...] = ()
    """The result in force afterwards, in Karmada's way: nothing is left when no cluster fits."""
    components: tuple[tuple[str, int], ...] = ()
    """Name and replicas of each component, where a workload goes to its targets in whole sets."""
    refusal: Refusal | None = None
    affinity_name: str = ""
    """Which of `clusterAffinities` is in force afterwards."""
    affinities_tried: tuple[str, ...] = ()
    """In the order in which they were."""
    rejected: Mapping[ClusterName, str] = field(default_factory=dict)
    """A reason for every cluster that is no target; those being deleted aside."""
    reasons: tuple[str, ...] = ()
    """How the decision came about, a sentence each."""

    @property
    def retry(self) -> bool:
        """Whether to try again without a cause. Where no cluster fits, nothing helps but a change."""
        return self.refusal is not None and self.refusal.reason != NO_CLUSTER_FITS
