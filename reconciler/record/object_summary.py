"""What the front page of the status branch says of each object, remembered while its decision and its report do not change."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.health import KEPT, NOT_OBSERVED, HealthStatus
from reconciler.model.keys import ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.recorded import ObjectReport, RecordedDecision, RecordedState, worst_of_copies

SHOWN = 200
"""Rows of a table: forges do not render endless ones."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A row of the table of what is not applied or not Current."""

    key: ResourceKey
    message: str
    cluster: str = ""
    """Empty where the decision is the problem."""
    health: str = ""


@dataclass(frozen=True, slots=True)
class ObjectSummary:
    """What the page says of one object."""

    health: str
    """The word for the worst of its copies."""
    count: int = 0
    """How many problems it has."""
    problems: tuple[Problem, ...] = ()
    """The first of them, as many as the table shows."""
    suspended: bool = False
    kept: bool = False
    unobserved: bool = False


def object_summaries(state: RecordedState, memo: Memo) -> list[ObjectSummary]:
    """One for each object, sorted by key; made once for the same state."""
    return memo(_summaries, state, memo=memo)


def _summaries(state: RecordedState, *, memo: Memo) -> list[ObjectSummary]:
    keys = sorted(state.decisions)
    facts = [state.decisions[key] for key in keys], [state.report_of(key) for key in keys]
    return memo.each(_known_summary, facts, memo=memo)


def _known_summary(decision: RecordedDecision, report: ObjectReport, *, memo: Memo) -> ObjectSummary:
    return memo(_summary, decision, report)


def _summary(decision: RecordedDecision, report: ObjectReport) -> ObjectSummary:
    reasons = {one.health.reason for one in report.statuses}
    problems = _problems(decision, report)
    return ObjectSummary(
        worst_of_copies(report.statuses).word,
        len(problems),
        tuple(problems[:SHOWN]),
        suspended=any(decision.suspension.covers(one.cluster) for one in report.statuses),
        kept=KEPT in reasons,
        unobserved=NOT_OBSERVED in reasons,
    )


def _problems(decision: RecordedDecision, report: ObjectReport) -> list[Problem]:
    key = decision.binding.key
    kept = [status.kept for status in report.statuses]
    found = [Problem(key, decision.message)] if decision.message and not (kept and all(kept)) else []
    for status in report.statuses:
        if status.kept or decision.suspension.covers(status.cluster):
            continue
        if not status.applied or status.message or status.health.status is not HealthStatus.CURRENT:
            found.append(Problem(key, status.message or status.health.message, status.cluster, status.health.word))
    return found
