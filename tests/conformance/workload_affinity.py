"""Workload affinity made from bindings, as Karmada's scheduler does it with the feature gate WorkloadAffinity.

A group's name is `<label key>=<label value>`; only bindings of the same namespace count.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.model.keys import ClusterName
from reconciler.schedule.workload_affinity import WorkloadAffinity


@dataclass(frozen=True, slots=True)
class GroupMember:
    """One binding of a namespace: its groups, and its clusters."""

    affinity_group: str = ""
    anti_affinity_group: str = ""
    clusters: frozenset[ClusterName] = frozenset()


def workload_affinity_of(member: GroupMember, others: Iterable[GroupMember]) -> WorkloadAffinity:
    """The restrictions that the other bindings of the namespace put on this one. Bindings without clusters restrict nothing."""
    placed = [other for other in others if other.clusters]
    group, anti_group = member.affinity_group, member.anti_affinity_group
    allowed = [other.clusters for other in placed if group and other.affinity_group == group]
    excluded = [other.clusters for other in placed if anti_group and other.anti_affinity_group == anti_group]
    return WorkloadAffinity(
        allowed=frozenset.intersection(*allowed) if allowed else None,
        excluded=frozenset().union(*excluded),
    )
