"""A ClusterTaintPolicy (policy.karmada.io/v1alpha1): taints that come and go with the conditions of a cluster."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.cluster import Taint
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.selector import ClusterAffinity


@dataclass(frozen=True, slots=True)
class MatchCondition:
    type: str
    operator: str
    """In or NotIn; any other never holds."""
    statuses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TaintPolicy:
    name: str
    target: ClusterAffinity | None
    """None: every cluster."""
    add_on: tuple[MatchCondition, ...]
    remove_on: tuple[MatchCondition, ...]
    taints: tuple[Taint, ...]
    origin: Origin = NOWHERE

    def __str__(self) -> str:
        return f"ClusterTaintPolicy {self.name}"
