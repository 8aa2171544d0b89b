"""What a whole sync came to, and its verdict."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.changes import Action, Outcome
from reconciler.model.issues import Issue, errors_in
from reconciler.model.keys import ClusterName
from reconciler.model.policy import NOT_SUSPENDED
from reconciler.passes.passes import Pass


class Verdict(StrEnum):
    """Whether the fleet is as the revision declares it. The values are part of the JSON output; `sync` exits by them."""

    DONE = "done"
    """Every object is applied, and none is unhealthy."""
    NO = "no"
    """Something is invalid, skipped, in progress or unhealthy."""
    FAILED = "failed"
    """A member could not be read, or a change could not be made."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a sync did, and where that is recorded."""

    revision: str
    """The id of the commit."""
    passes: tuple[Pass, ...]
    """At least one."""
    commit: str | None
    """On the status branch; None when there was nothing new to record, and in a dry run."""
    pushed: bool

    @property
    def last(self) -> Pass:
        return self.passes[-1]

    @property
    def issues(self) -> tuple[Issue, ...]:
        return self.last.compiled.issues

    @property
    def verdict(self) -> Verdict:
        return verdict_of(self.last)

    def outcomes(self, cluster: ClusterName) -> list[Outcome]:
        """What was done on one member in all passes. An object that an earlier pass wrote, and that the last pass finds
        unchanged, counts as written."""
        written = [outcome for one in self.passes[:-1] for outcome in one.outcomes.get(cluster, ()) if _writes(outcome)]
        keys = {outcome.change.key for outcome in written}
        last = [
            outcome
            for outcome in self.last.outcomes.get(cluster, ())
            if _writes(outcome) or outcome.change.key not in keys or outcome.change.action is Action.SKIP
        ]
        return written + last


def verdict_of(done: Pass) -> Verdict:
    """The verdict after a pass. Only members that the pass touched count. An object whose health is Unknown counts as healthy,
    and what a policy suspends is ignored."""
    if done.failed:
        return Verdict.FAILED
    if errors_in(done.compiled.issues) or _is_skipped(done) or _is_unhealthy(done) or _is_waiting(done):
        return Verdict.NO
    return Verdict.DONE


def _is_skipped(done: Pass) -> bool:
    return any(
        change.action is Action.SKIP and change.key not in done.works[name].suspended
        for name, plan in done.plans.items()
        for change in plan.changes
    )


def _is_unhealthy(done: Pass) -> bool:
    return any(
        not status.applied or status.health.healthy is False
        for key, report in done.recorded.reports.items()
        for status in report.statuses
        if status.cluster in done.plans and key not in done.works[status.cluster].suspended
    )


def _is_waiting(done: Pass) -> bool:
    templates = done.compiled.templates.values()
    return any(item.decided.transition.waits_for and item.placed.terms.suspension == NOT_SUSPENDED for item in templates)


def _writes(outcome: Outcome) -> bool:
    return outcome.change.action.writes
