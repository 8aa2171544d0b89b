"""One object over its members, counted: how many hold it, on how many it is applied, and how healthy it is there.

A fleet has a thousand times as many copies as objects, and most copies say the same. A report is read as groups of members with
the same status, and is counted as such: no value is made for each copy.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from reconciler.model.health import worst
from reconciler.model.keys import ResourceKey
from reconciler.model.recorded import ClusterStatus, ObjectReport, RecordedDecision
from reconciler.present.evictions import moves_text
from reconciler.present.health import health_cell
from reconciler.present.style import Style

_ORDER = (Style.PLAIN, Style.GOOD, Style.CAUTION, Style.BAD)
"""From best to worst; what nobody observes says nothing."""


@dataclass(frozen=True, slots=True)
class HealthCount:
    """Members on which an object has the same health."""

    word: str
    role: Style
    members: int


@dataclass(frozen=True, slots=True)
class ObjectSummary:
    key: ResourceKey
    decision: RecordedDecision
    report: ObjectReport
    members: int
    """How many must hold it, or have not let go of it yet."""
    applied: int
    """On how many of them it is applied."""
    health: tuple[HealthCount, ...]
    """Worst first."""
    well: bool
    """As `RecordedDecision.is_well`."""
    message: str
    """Why it is not well, of the first members that say so; empty where they say nothing."""

    @property
    def role(self) -> Style:
        """Of the worst health; of a problem without a health, caution."""
        found = self.health[0].role if self.health else Style.CAUTION
        return found if self.well or found in (Style.BAD, Style.CAUTION) else Style.CAUTION

    @property
    def word(self) -> str:
        """The worst health in a word."""
        if self.well and self.decision.suspension.everywhere:
            return "Suspended"
        if not self.health:
            return "Not claimed" if self.decision.is_unclaimed else "Unknown"
        return self.health[0].word if self.well or self.health[0].role is not Style.GOOD else "Not applied"

    @property
    def replicas(self) -> int | None:
        """Over all members; None for an object without replicas."""
        return sum(one.replicas for one in self.decision.binding.targets) if self.decision.binding.workload else None


def summarize(key: ResourceKey, decision: RecordedDecision, report: ObjectReport) -> ObjectSummary:
    groups = report.groups
    reported = {name for _, clusters in groups for name in clusters}
    placed = set(decision.cluster_names)
    silent = len(placed - reported)
    counts: Counter[tuple[str, Style]] = Counter()
    for status, clusters in groups:
        cell = health_cell(status.health)
        counts[cell.forms[0], cell.style] += len(clusters)
    if silent:
        counts["Unknown", Style.CAUTION] += silent
    health = [HealthCount(word, role, count) for (word, role), count in counts.items()]
    return ObjectSummary(
        key=key,
        decision=decision,
        report=report,
        members=len(placed | reported),
        applied=sum(len(clusters) for status, clusters in groups if status.applied),
        health=tuple(sorted(health, key=lambda one: (-_ORDER.index(one.role), -one.members, one.word))),
        well=decision.is_well(report, placed | reported),
        message=_message(decision, report),
    )


def _message(decision: RecordedDecision, report: ObjectReport) -> str:
    """The decision's, then that of the worst copies."""
    problems = [(status, clusters) for status, clusters in report.groups if status.problem]
    told = [decision.message, *moves_text(decision.evictions)]
    if problems:
        status, clusters = min(problems, key=lambda pair: (_is_better(pair[0]), -len(pair[1]), pair[1][0]))
        others = sum(len(names) for _, names in problems) - 1
        told.append(
            f"{clusters[0]}: {status.problem.removeprefix(f'{clusters[0]}: ')}" + (f" (and {others} more)" if others else "")
        )
    return "; ".join(filter(None, told))


def _is_better(status: ClusterStatus) -> int:
    return -_ORDER.index(health_cell(worst([status.health])).style)
