"""A ClusterTaintPolicy (policy.karmada.io/v1alpha1): taints that follow the conditions of a cluster."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.cluster import Taint
from reconciler.model.cluster_affinity import ClusterAffinity
from reconciler.model.origin import NOWHERE, Origin


@dataclass(frozen=True, slots=True)
class MatchCondition:
    """A condition of a cluster, compared with a list of statuses."""

    type: str
    operator: str
    """In or NotIn; a condition with any other operator never holds."""
    statuses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TaintPolicy:
    """One ClusterTaintPolicy."""

    name: str
    target: ClusterAffinity | None
    """None means every cluster."""
    add_on: tuple[MatchCondition, ...]
    remove_on: tuple[MatchCondition, ...]
    taints: tuple[Taint, ...]
    origin: Origin = NOWHERE

    def __str__(self) -> str:
        return f"ClusterTaintPolicy {self.name}"
