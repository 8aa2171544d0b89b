"""Workloads that want to be together, or apart (Karmada's gate WorkloadAffinity).

A group's name is `<label key>=<label value>`; only bindings of the same namespace are looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.model.keys import ClusterName


@dataclass(frozen=True, slots=True)
class Member:
    """One binding of a namespace: its groups and where it is."""

    affinity_group: str = ""
    anti_affinity_group: str = ""
    clusters: frozenset[ClusterName] = frozenset()


@dataclass(frozen=True, slots=True)
class Companions:
    together: frozenset[ClusterName] | None = None
    """Clusters that every other member of the group uses; None: no member restricts the choice."""
    apart: frozenset[ClusterName] = frozenset()
    """Clusters that some other member of the anti-affinity group uses."""

    def reason(self, cluster: str) -> str:
        """Why the cluster is not for a newcomer; empty when it is."""
        if self.together is not None and cluster not in self.together:
            return "ResourceBinding with the same affinity group does not target this cluster"
        return "cluster already has workload with the same anti-affinity group" if cluster in self.apart else ""


ALONE = Companions()


def companions_of(member: Member, others: Iterable[Member]) -> Companions:
    """What the other bindings of the namespace mean for this one. Those without clusters restrict nothing."""
    placed = [other for other in others if other.clusters]
    group, anti_group = member.affinity_group, member.anti_affinity_group
    used = [other.clusters for other in placed if group and other.affinity_group == group]
    avoided = [other.clusters for other in placed if anti_group and other.anti_affinity_group == anti_group]
    return Companions(
        together=frozenset.intersection(*used) if used else None,
        apart=frozenset().union(*avoided),
    )
