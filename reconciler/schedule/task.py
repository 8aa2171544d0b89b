"""The input of a decision: the workload, its placement, and its previous schedule."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter

from reconciler.model.binding import TargetCluster
from reconciler.model.keys import ClusterName
from reconciler.model.policy import Placement
from reconciler.model.workload import Workload
from reconciler.schedule.reservations import Taken
from reconciler.schedule.workload_affinity import NO_WORKLOAD_AFFINITY, WorkloadAffinity


@dataclass(frozen=True, slots=True)
class PreviousSchedule:
    """The last decision for a workload. Karmada keeps it in a binding's `spec.clusters`, `status` and annotations."""

    targets: tuple[TargetCluster, ...] = ()
    """The previous targets. Their order can matter among clusters with equal weights."""
    affinity_name: str = ""
    """Which of `clusterAffinities` was used; empty if none was."""
    placement_digest: str = ""
    """The digest of the placement (`reschedule.digest_placement`); empty if the workload was never scheduled."""
    scheduled_at: datetime | None = None
    rebalance_at: datetime | None = None
    """When a rebalance was last requested (`rescheduleTriggeredAt`)."""
    evicting: frozenset[ClusterName] = frozenset()
    """Clusters that the object is being evicted from, or was evicted from so recently that it does not return."""

    @property
    def fresh(self) -> bool:
        """Whether the next schedule starts from nothing: a rebalance was requested after the last one."""
        return self.rebalance_at is not None and self.scheduled_at is not None and self.rebalance_at > self.scheduled_at

    @property
    def holders(self) -> frozenset[ClusterName]:
        return frozenset(map(attrgetter("name"), self.targets))

    def replicas_by_cluster(self) -> dict[ClusterName, int]:
        """Previous replicas by cluster."""
        return {target.name: target.replicas for target in reversed(self.targets)}


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What one pass asks of the decision about a workload."""

    fresh: bool = False
    """Whether a rebalance was requested."""
    evicting: frozenset[ClusterName] = frozenset()
    """Clusters on which it must not be."""
    taken: Taken = field(default_factory=dict)
    """What is left where something is reserved; empty where that does not matter."""


ORDINARY = Circumstances()


@dataclass(frozen=True, slots=True)
class SchedulerOptions:
    """Options of the scheduler, off by default as in Karmada."""

    empty_workloads: bool = False
    """Whether clusters with a share of 0 are targets too (flag --enable-empty-workload-propagation)."""
    component_sets: bool = False
    """Whether workloads with several components are placed as a whole, and estimates count in sets (gate
    MultiplePodTemplatesScheduling)."""


OFF = SchedulerOptions()


@dataclass(frozen=True, slots=True)
class Task:
    """One workload to schedule, with everything that the decision depends on except the clusters."""

    workload: Workload
    placement: Placement
    previous: PreviousSchedule = field(default_factory=PreviousSchedule)
    workload_affinity: WorkloadAffinity = NO_WORKLOAD_AFFINITY
    options: SchedulerOptions = OFF
    scheduler_name: str = ""
    """The scheduler that decides; empty means the default scheduler, which is this program."""
    taken: Taken = field(default_factory=dict)
    """As `Circumstances.taken`."""
    suspended: bool = False
    """Whether scheduling is suspended (`spec.suspension.scheduling`)."""

    @property
    def is_ours(self) -> bool:
        """Whether this scheduler decides now."""
        return not self.suspended and self.scheduler_name in ("", "default-scheduler")

    @property
    def counts_component_sets(self) -> bool:
        """Whether estimates count in sets of components: the placement asks for exactly one cluster for all of them."""
        return self.options.component_sets and bool(self.workload.components) and self.placement.on_one_cluster
