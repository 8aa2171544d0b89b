"""A Remedy (remedy.karmada.io/v1alpha1): what is asked for clusters by their conditions (Karmada pkg/controllers/remediation).

Karmada writes the actions into `status.remedyActions` of the Cluster, for controllers outside of it. Here they are shown, and
nothing acts on them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciler.model.origin import NOWHERE, Origin


@dataclass(frozen=True, slots=True)
class RemedyMatch:
    """`decisionMatches[].clusterConditionMatch`: a condition of a cluster, compared with one status."""

    type: str
    operator: str
    """Equal or NotEqual; with any other operator it never holds."""
    status: str

    def holds(self, conditions: Mapping[str, str]) -> bool:
        """conditions: type → status. A condition that is missing never holds, not for NotEqual either."""
        found = conditions.get(self.type)
        if found is None or self.operator not in ("Equal", "NotEqual"):
            return False
        return (found == self.status) == (self.operator == "Equal")


@dataclass(frozen=True, slots=True)
class Remedy:
    """One Remedy."""

    name: str
    clusters: tuple[str, ...] | None
    """None means every cluster; an empty one, no cluster."""
    matches: tuple[RemedyMatch, ...] | None
    """One that holds is enough. None: it always acts."""
    actions: tuple[str, ...]
    """TrafficControl."""
    origin: Origin = NOWHERE

    def __str__(self) -> str:
        return f"Remedy {self.name}"

    def acts_on(self, cluster: str, conditions: Mapping[str, str]) -> bool:
        """conditions: as for `RemedyMatch.holds`."""
        if self.clusters is not None and cluster not in self.clusters:
            return False
        return self.matches is None or any(match.holds(conditions) for match in self.matches)


def remedy_actions(remedies: Iterable[Remedy], cluster: str, conditions: Mapping[str, str]) -> tuple[str, ...]:
    """What all remedies together ask for this cluster, sorted, each action once."""
    return tuple(sorted({action for one in remedies if one.acts_on(cluster, conditions) for action in one.actions}))
