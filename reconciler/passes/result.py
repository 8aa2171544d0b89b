"""What a whole sync did."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.changes import Action, Outcome
from reconciler.model.issues import Issue
from reconciler.model.keys import ClusterName
from reconciler.passes.passes import Pass
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


def _writes(outcome: Outcome) -> bool:
    return outcome.change.action.writes
