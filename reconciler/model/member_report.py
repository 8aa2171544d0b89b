"""What the agent of a member reports of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from reconciler.model.capacity import is_about
from reconciler.model.descheduling import Waiting
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.recorded import ClusterStatus, RecordedCluster

BRANCHES = "reconciler/members/"
"""Before the name of the member: the branches of reports, each with one commit that the next report replaces."""
_MISSED = 3
"""How many signs of life may be missing before nothing is known of a member any more."""


@dataclass(frozen=True, slots=True)
class MemberReport:
    """One report. An agent speaks for its own member only."""

    facts: RecordedCluster
    """Readiness, version, API server, served kinds and capacity of the member. Its other fields are those of who decides."""
    statuses: Mapping[ResourceKey, ClusterStatus]
    """Of its objects, sorted by key, with the `reflected` status of each copy."""
    revision: str
    """The commit whose manifests it applied last."""
    decision: str
    """The commit of the status branch whose decisions it applied last."""
    at: datetime
    """When it was made, by the clock of the agent."""
    heartbeat: timedelta
    """How often the agent reports at least, even if nothing changed."""
    generation: int | None = None
    """Which of the decisions about its member that is (`RecordedCluster.generation`): several may belong to one revision. None:
    an older agent does not report it."""
    replicas: Mapping[ResourceKey, int] = field(default_factory=dict)
    """What scheduling wrote into its workloads: a leader without a record decides from that."""
    capacity_at: datetime | None = None
    """When its look at the capacity of the member began, by its clock; None where no policy uses it."""
    waiting: Mapping[ResourceKey, Waiting | None] = field(default_factory=dict)
    """Of workloads that are not Current: the Pods that no node takes; None where each has a node. Where the agent does not know
    it, the workload is missing."""

    @property
    def cluster(self) -> ClusterName:
        return self.facts.name

    def says_the_same(self, other: MemberReport) -> bool:
        """Whether two reports differ in nothing but their time, and in a capacity that changed little."""
        facts, capacity_at = self.facts, self.capacity_at
        if (capacity_at is None) == (other.capacity_at is None) and is_about(facts.capacity, other.facts.capacity):
            facts, capacity_at = replace(facts, capacity=other.facts.capacity), other.capacity_at
        same = replace(self, at=other.at, facts=facts, capacity_at=capacity_at)
        return same == other and self._reflected() == other._reflected()

    def silent_since(self, now: datetime) -> datetime | None:
        """The time of the report where too many signs of life are missing since then, or where it is that far in the future;
        else None."""
        return self.at if abs(now - self.at) > _MISSED * self.heartbeat else None

    def _reflected(self) -> list[object]:
        """They take no part in the comparison of statuses."""
        return [status.reflected for status in self.statuses.values()]
