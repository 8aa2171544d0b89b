"""What a whole sync did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from reconciler.errors import ReconcilerError
from reconciler.model.changes import Action, Outcome
from reconciler.model.issues import Issue
from reconciler.model.keys import ClusterName
from reconciler.passes.endpoints import NOTHING_EXCHANGED, Exchanged
from reconciler.passes.passes import Pass
from reconciler.passes.preflight import WentBack
from reconciler.passes.verdict import Verdict, verdict_of


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
    refusal: ReconcilerError | None = None
    """In a dry run: why the sync itself would be refused."""
    dry_run: bool = False
    went_back: WentBack | None = None
    """Where the revision lacks commits of the one that was applied before."""
    record_error: ReconcilerError | None = None
    """Why the result could not be recorded, or not be pushed."""
    timed_out: timedelta | None = None
    """How long the sync waited, where it ended although something was still in progress; None where it came to its end."""
    before: str = ""
    """The revision that was applied last before; empty where none was."""
    endpoints: Exchanged = NOTHING_EXCHANGED
    """Of services over clusters."""

    @property
    def last(self) -> Pass:
        return self.passes[-1]

    @property
    def issues(self) -> tuple[Issue, ...]:
        return self.last.compiled.issues

    @property
    def verdict(self) -> Verdict:
        if self.record_error is not None or self.endpoints.failed:
            return Verdict.FAILED
        verdict = verdict_of(self.last, dry_run=self.dry_run or self.last.differences is not None)
        differs = any(one.count for one in (self.last.differences or {}).values())
        return Verdict.NO if differs and verdict is Verdict.DONE else verdict

    def outcomes(self, cluster: ClusterName) -> list[Outcome]:
        """What was done on one member in all passes: one outcome for each object and action, however often it was tried. An
        object that an earlier pass wrote, and that the last pass finds unchanged, counts as written; a write that failed counts
        where it failed in the last pass, too."""
        last = self.last.outcomes.get(cluster, ())
        failed = {outcome.change.key for outcome in last if not outcome.done}
        written = {
            (outcome.change.key, outcome.change.action): outcome
            for one in self.passes
            for outcome in one.outcomes.get(cluster, ())
            if _writes(outcome) and outcome.done and outcome.change.key not in failed
        }
        keys = {key for key, _ in written}
        rest = [
            outcome
            for outcome in last
            if not outcome.done or outcome.change.key not in keys or outcome.change.action is Action.SKIP
        ]
        return [*written.values(), *rest]


def _writes(outcome: Outcome) -> bool:
    return outcome.change.action.writes
