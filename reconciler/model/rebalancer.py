"""A WorkloadRebalancer (apps.karmada.io/v1alpha1): whoever it names is placed afresh, once."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.keys import ResourceKey
from reconciler.model.origin import NOWHERE, Origin


@dataclass(frozen=True, slots=True)
class Rebalancer:
    name: str
    workloads: tuple[ResourceKey, ...]
    origin: Origin = NOWHERE

    def __str__(self) -> str:
        return f"WorkloadRebalancer {self.name}"
