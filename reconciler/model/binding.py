"""The result of scheduling: which clusters, how many replicas, and why; or why not."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model.keys import ClusterName, PolicyRef, ResourceKey

_UID_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "reconciler.dev")


def stable_uid(key: ResourceKey) -> str:
    """A uid (uuid5) for an object that has none of its own: ties fall the same way in every pass, but not for every object."""
    return str(uuid.uuid5(_UID_NAMESPACE, str(key)))


@dataclass(frozen=True, slots=True, order=True)
class TargetCluster:
    name: ClusterName
    replicas: int = 0
    """0 for objects without a count."""


@dataclass(frozen=True, slots=True)
class Binding:
    """A decision for one template."""

    key: ResourceKey
    policy: PolicyRef | None
    """None where no policy is needed (a Namespace) or none claims the template any more."""
    targets: tuple[TargetCluster, ...]
    """Sorted by cluster name."""
    replicas: int = 0
    """The template's total."""
    divided: bool = False
    """Whether the replicas are shared out, and with them a Job's completions."""
    workload: bool = False
    """Whether each cluster's number is written into the manifest (Karmada: replicas > 0 or requirements)."""
    reasons: tuple[str, ...] = ()
    """How the decision came about, a sentence each."""
    rejected: Mapping[ClusterName, str] = field(default_factory=dict)
    """Clusters that are no targets, each with its reason."""
    affinity_name: str = ""
    """Which of the policy's `clusterAffinities` the targets come from; empty where it has none."""
    placement_digest: str = ""
    """Of the placement that was decided by, so that the next pass can tell whether it changed."""

    def replicas_in(self, cluster: str) -> int | None:
        """The cluster's share; None when it is not a target."""
        return next((target.replicas for target in self.targets if target.name == cluster), None)

    @property
    def cluster_names(self) -> tuple[ClusterName, ...]:
        return tuple(target.name for target in self.targets)


@dataclass(frozen=True, slots=True, order=True)
class RequiredBy:
    """One workload that an object has to follow (Karmada: a binding's `spec.requiredBy`)."""

    key: ResourceKey
    targets: tuple[TargetCluster, ...]
    """Where the workload is in force, copies on their way out included."""


@dataclass(frozen=True, slots=True)
class Unschedulable:
    """No decision could be made; what was decided before stays in force (`transition/last_good.py`)."""

    key: ResourceKey
    policy: PolicyRef | None
    reason: str
    """As Karmada's `Scheduled` condition names it: NoClusterFit, Unschedulable, SchedulerError."""
    message: str
    rejected: Mapping[ClusterName, str] = field(default_factory=dict)
    """A reason for every cluster."""
    remedy: str = "Correct the policy's placement."
    """What to do about it, as a sentence."""
