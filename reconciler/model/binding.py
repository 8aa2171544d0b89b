"""The result of scheduling: which clusters, how many replicas, and why; or why not."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from reconciler.model.keys import ClusterName, PolicyRef, ResourceKey

_UID_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "reconciler.dev")


def stable_uid(key: ResourceKey) -> str:
    """A uid (uuid5) for an object without one. Ties are then broken alike in every pass, but differently for different
    objects."""
    return str(uuid.uuid5(_UID_NAMESPACE, str(key)))


class TargetCluster(NamedTuple):
    """Sorts by name. A tuple, like the names in `keys.py`: a large fleet has some hundred thousand of them."""

    name: ClusterName
    replicas: int = 0
    """0 for objects without replicas."""


@dataclass(frozen=True, slots=True)
class Binding:
    """A decision for one template."""

    key: ResourceKey
    policy: PolicyRef | None
    """None if no policy is needed (a Namespace), or if no policy claims the template any more."""
    targets: tuple[TargetCluster, ...]
    """Sorted by cluster name."""
    replicas: int = 0
    """The template's total."""
    divided: bool = False
    """Whether the replicas are divided among the clusters, and with them a Job's completions."""
    workload: bool = False
    """Whether each cluster's number is written into the manifest (Karmada: replicas > 0 or requirements)."""
    reasons: tuple[str, ...] = ()
    """How the decision was made, one sentence per step."""
    rejected: Mapping[ClusterName, str] = field(default_factory=dict)
    """Clusters that are not targets, each with its reason."""
    affinity_name: str = ""
    """The term of the policy's `clusterAffinities` that the targets come from; empty if it has none."""
    placement_digest: str = ""
    """Digest of the placement, so that the next pass can detect that it changed."""
    completions: Mapping[ClusterName, int] = field(default_factory=dict)
    """Of a divided Job: each copy's part of the completions, also of copies that are no targets. Empty: divided by replicas."""

    def replicas_in(self, cluster: str) -> int | None:
        """The cluster's share; None when it is not a target."""
        return next((target.replicas for target in self.targets if target.name == cluster), None)

    @property
    def cluster_names(self) -> tuple[ClusterName, ...]:
        return tuple(target.name for target in self.targets)


@dataclass(frozen=True, slots=True, order=True)
class RequiredBy:
    """One dependant of an object (Karmada: a binding's `spec.requiredBy`)."""

    key: ResourceKey
    targets: tuple[TargetCluster, ...]
    """The clusters of the dependant, including those that it is about to leave."""


@dataclass(frozen=True, slots=True)
class Unschedulable:
    """No decision could be made; the previous one stays in force (`transition/last_good.py`)."""

    key: ResourceKey
    policy: PolicyRef | None
    reason: str
    """The reason of Karmada's `Scheduled` condition: NoClusterFit, Unschedulable or SchedulerError."""
    message: str
    rejected: Mapping[ClusterName, str] = field(default_factory=dict)
    """A reason for every cluster."""
    remedy: str = "Correct the policy's placement."
    """What the user can do, as a sentence."""
