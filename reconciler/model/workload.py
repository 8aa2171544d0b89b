"""The input of scheduling: how many replicas, and the requirements of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from reconciler.model.keys import GroupVersionKind, ResourceKey
from reconciler.model.quantity import Quantity

Resources: TypeAlias = Mapping[str, Quantity]
"""Amounts by resource name: `cpu`, `memory`, `pods`, `nvidia.com/gpu` …"""


@dataclass(frozen=True, slots=True)
class PodSet:
    """Equal Pods."""

    count: int
    requests: Resources
    """Of each."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What the copies of an object that is expanded run: the Pods of its children."""

    pods: tuple[PodSet, ...]
    """On the cluster where they request the most."""
    per_replica: Resources | None
    """What one replica of the object requests, for all Pods together; None where it has no replicas."""
    requested: Mapping[ResourceKey, Mapping[str, int]]
    """What each child requests on all clusters together, in billionths by resource name, with its `pods`; sorted by key."""
    complete: bool
    """Whether it is known for all clusters."""


@dataclass(frozen=True, slots=True)
class Component:
    """One Pod template of a workload that has several, such as the managers and workers of a Flink job."""

    name: str
    replicas: int = 0
    requirements: Resources | None = None
    """Per replica."""


@dataclass(frozen=True, slots=True)
class Workload:
    """One template as the scheduler sees it. A ConfigMap has no replicas, requirements or components."""

    gvk: GroupVersionKind
    replicas: int = 0
    requirements: Resources | None = None
    """Per replica. None if the Pod template has no requirements; empty if it requires certain nodes but no amounts."""
    components: tuple[Component, ...] = ()
    uid: str = ""
    """Breaks ties between clusters where replicas are divided; see `ResourceTemplate.uid`."""

    @property
    def runs(self) -> bool:
        """Whether it is a workload (Karmada pkg/apis/work/v1alpha2, IsWorkload)."""
        return self.replicas > 0 or self.requirements is not None or bool(self.components)

    @property
    def counted(self) -> bool:
        """Whether each cluster gets a number of replicas. A workload with several components is placed as a whole."""
        return (self.replicas > 0 or self.requirements is not None) and len(self.components) <= 1
