"""What the forge shows beside the commit that is followed: pending, success, or failure with the reason.

The texts change only when their meaning does, so that an unchanged state is not sent again: a forge keeps every status that it
ever got (GitHub 1,000 for each commit and context).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from reconciler.errors import ReconcilerError
from reconciler.model.changes import Skip
from reconciler.model.health import HealthStatus
from reconciler.model.issues import errors_in
from reconciler.model.keys import ResourceKey
from reconciler.model.rollout import RolloutPhase
from reconciler.model.wording import plural
from reconciler.passes.defects import describe
from reconciler.passes.passes import Pass
from reconciler.passes.verdict import Verdict, verdict_of

LONGEST = 140
"""Characters of a description, the limit of GitHub. GitLab's is 255, Gitea has none."""


class State(StrEnum):
    """The states that all forges have, in the words of GitHub and Gitea."""

    PENDING = "pending"
    SUCCESS = "success"
    FAILURE = "failure"
    SUPERSEDED = "superseded"
    """Another commit came before this one was ready. GitLab calls it canceled; elsewhere it stays pending, with this reason."""


@dataclass(frozen=True, slots=True)
class CommitStatus:
    commit: str
    """The full id."""
    state: State
    description: str
    """One line of at most `LONGEST` characters."""


def begun(commit: str) -> CommitStatus:
    """Of a revision that is put in force now."""
    return CommitStatus(commit, State.PENDING, "This revision is being applied.")


def superseded(commit: str, by: str) -> CommitStatus:
    """Of a revision that was pending when another one was put in force."""
    return CommitStatus(commit, State.SUPERSEDED, f"Replaced by {by[:12]} before every object was ready.")


def refused(commit: str, error: Exception) -> CommitStatus:
    """Of a revision that is not put in force, or whose passes fail; the last good revision stays in force."""
    return CommitStatus(commit, State.FAILURE, shortened(f"Not applied: {error_text(error)}"))


def after_pass(commit: str, done: Pass) -> CommitStatus:
    """Of the revision in force, after a pass over it."""
    if done.differences is not None and not any(problems_of(done)):
        count = sum(one.count for one in done.differences.values())
        state = State.PENDING if count else State.SUCCESS
        return CommitStatus(commit, state, f"mode: Observe: nothing was written. {plural(count, 'difference')}.")
    if verdict_of(done) is Verdict.DONE:
        objects, members = plural(len(done.recorded.reports), "object"), plural(len(done.works), "member")
        return CommitStatus(commit, State.SUCCESS, f"{objects} on {members} as declared.")
    problems = list(dict.fromkeys(problems_of(done)))
    if problems:
        more = f" (and {len(problems) - 1} more)" if problems[1:] else ""
        return CommitStatus(commit, State.FAILURE, shortened(problems[0], LONGEST - len(more)) + more)
    return CommitStatus(commit, State.PENDING, shortened(_pending(done)))


def _pending(done: Pass) -> str:
    """How far the first rollout is that is under way; what it waits for only where that does not change with each cluster."""
    for one in done.recorded.rollouts.values():
        if one.phase.is_active:
            begun = sum(any(name in one.progress for name in group.clusters) for group in one.groups)
            is_busy = any(progress.ended is None for progress in one.progress.values())
            where = f"Rollout of {one.target[:10]}: {begun} of {plural(len(one.groups), 'group')} begun"
            return f"{where}; {one.message}" if one.message and not is_busy else f"{where}."
    return "Applied; not every object is ready yet."


def problems_of(done: Pass) -> Iterator[str]:
    """What needs a person, the most telling first: errors of the revision, members, objects. What is only not ready yet is no
    problem."""
    for issue in errors_in(done.compiled.issues):
        yield f"{issue.origin}: {issue.message}"
    for name in sorted({one.cluster for eviction in done.compiled.evictions.by_key.values() for one in eviction.proposed}):
        yield f"{name} fails: merge the branch reconciler/failover to move its objects"
    failed = (one for one in done.recorded.rollouts.values() if one.phase is RolloutPhase.FAILED)
    yield from (f"the rollout of {one.target[:10]} stopped: {one.message}" for one in failed)
    for name, reason in done.unreadable.items():
        yield f"{name}: {reason}"
    yield from _objects(done)


def _objects(done: Pass) -> Iterator[str]:
    """What has its turn in a later pass is not ready yet."""
    pending: set[tuple[str, ResourceKey]] = set()
    for name, plan in done.plans.items():
        for change in plan.remarkable:
            if isinstance(change, Skip) and change.pending:
                pending.add((name, change.desired.declared if change.desired is not None else change.key))
            elif isinstance(change, Skip) and not change.kept and change.key not in done.works[name].suspended:
                yield f"{change.key} on {name}: {change.reason}"
    for key, report in done.recorded.reports.items():
        for status in report.statuses:
            if status.kept or status.cluster not in done.plans or key in done.works[status.cluster].suspended:
                continue
            if not status.applied and status.message and (status.cluster, key) not in pending:
                yield f"{key} on {status.cluster}: {status.message}"
            elif status.health.status is HealthStatus.FAILED:
                yield f"{key} on {status.cluster}: {status.health.message or status.health.status}"


def error_text(error: Exception) -> str:
    """Its message; the remedy is in the log."""
    return error.message if isinstance(error, ReconcilerError) else describe(error)


def shortened(text: str, longest: int = LONGEST) -> str:
    """On one line, and cut at its end where it is too long."""
    text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
