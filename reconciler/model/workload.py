"""What is to be scheduled: how many replicas, and what each of them needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from reconciler.model.keys import GroupVersionKind
from reconciler.model.quantity import Quantity

Resources: TypeAlias = Mapping[str, Quantity]
"""Amounts by resource name: `cpu`, `memory`, `pods`, `nvidia.com/gpu` …"""


@dataclass(frozen=True, slots=True)
class Component:
    """One of the pod templates of a workload that has several (a Flink job's managers and workers)."""

    name: str
    replicas: int = 0
    requirements: Resources | None = None
    """Per replica."""


@dataclass(frozen=True, slots=True)
class Workload:
    """One template as the scheduler sees it; a ConfigMap is one without replicas, requirements and components."""

    gvk: GroupVersionKind
    replicas: int = 0
    requirements: Resources | None = None
    """Per replica. None: the pod template asks for nothing; an empty mapping: for particular nodes, but no amounts."""
    components: tuple[Component, ...] = ()
    uid: str = ""
    """Breaks ties between clusters; see `ResourceTemplate.uid`."""

    @property
    def runs(self) -> bool:
        """Whether it is a workload at all (Karmada pkg/apis/work/v1alpha2, IsWorkload)."""
        return self.replicas > 0 or self.requirements is not None or bool(self.components)

    @property
    def counted(self) -> bool:
        """Whether every cluster is given a number. One with several components goes as a whole or not at all."""
        return (self.replicas > 0 or self.requirements is not None) and len(self.components) <= 1
