"""What a decision is made from: the workload, its placement, and what earlier decisions left."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from reconciler.model.binding import TargetCluster
from reconciler.model.keys import ClusterName
from reconciler.model.policy import Placement
from reconciler.model.workload import Workload
from reconciler.schedule.workload_affinity import ALONE, Companions


@dataclass(frozen=True, slots=True)
class Memory:
    """What Karmada keeps in a binding's `spec.clusters`, `status` and annotations from one decision to the next."""

    targets: tuple[TargetCluster, ...] = ()
    """The previous result; among equals its order can matter."""
    affinity_name: str = ""
    """Which of `clusterAffinities` was used last; empty when none was."""
    applied: str = ""
    """The digest of the placement in force (`reassign.digest_of`); empty when nothing was ever scheduled."""
    scheduled_at: datetime | None = None
    rebalance_at: datetime | None = None
    """When someone last asked for a fresh start (`rescheduleTriggeredAt`)."""
    evicting: frozenset[str] = frozenset()
    """Clusters that the object is being taken from."""

    @property
    def fresh(self) -> bool:
        """Whether to start from nothing: a rebalance was asked for after the last decision."""
        return self.rebalance_at is not None and self.scheduled_at is not None and self.rebalance_at > self.scheduled_at

    @property
    def holders(self) -> frozenset[ClusterName]:
        return frozenset(target.name for target in self.targets)

    def held(self) -> dict[ClusterName, int]:
        """Replicas by cluster."""
        return {target.name: target.replicas for target in reversed(self.targets)}


@dataclass(frozen=True, slots=True)
class Rules:
    """Choices of the installation, off by default as in Karmada."""

    empty_workloads: bool = False
    """Clusters whose share is 0 are targets, too (flag --enable-empty-workload-propagation)."""
    whole_sets: bool = False
    """Room for workloads with several components is counted in whole sets (gate MultiplePodTemplatesScheduling)."""


@dataclass(frozen=True, slots=True)
class Task:
    workload: Workload
    placement: Placement
    memory: Memory = field(default_factory=Memory)
    companions: Companions = ALONE
    rules: Rules = field(default_factory=Rules)
    scheduler_name: str = ""
    """Who is to decide; empty means the default scheduler, which we are."""
    suspended: bool = False

    @property
    def is_ours(self) -> bool:
        return not self.suspended and self.scheduler_name in ("", "default-scheduler")

    @property
    def in_sets(self) -> bool:
        """Whether room is counted in whole sets of components: exactly one cluster is wanted for all of them."""
        exactly_one = any(
            constraint.spread_by_field == "cluster" and constraint.min_groups == constraint.max_groups == 1
            for constraint in self.placement.spread
        )
        return self.rules.whole_sets and bool(self.workload.components) and exactly_one
