"""A WorkloadRebalancer (apps.karmada.io/v1alpha1): the workloads that it names are scheduled afresh, once."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.keys import ResourceKey
from reconciler.model.origin import NOWHERE, Origin


@dataclass(frozen=True, slots=True)
class Rebalancer:
    """One WorkloadRebalancer."""

    name: str
    workloads: tuple[ResourceKey, ...]
    origin: Origin = NOWHERE

    def __str__(self) -> str:
        return f"WorkloadRebalancer {self.name}"
