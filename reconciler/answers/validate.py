"""All issues of a revision, or of the work tree."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime

from reconciler.answers.session import Session
from reconciler.model.desired import DesiredState
from reconciler.model.issues import Issue, Severity, each_once
from reconciler.model.recorded import RecordedState
from reconciler.model.tenant import Tenancy
from reconciler.model.wording import plural
from reconciler.passes.preflight import refuse_status_branch
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.families import PROGRAM_MISSING
from reconciler.present.issues import issue_counts
from reconciler.repo.head import Behind
from reconciler.repo.revision import Commit
from reconciler.review.admission import refusals
from reconciler.review.forbidden_next import forbidden_next
from reconciler.review.lint import lint
from reconciler.review.survival import too_few_left


@dataclass(frozen=True, slots=True)
class Validated:
    commit: str
    """Its id; empty for the work tree of a repository without a commit."""
    compiled: Compiled
    issues: list[Issue]
    """Sorted."""
    uncommitted: tuple[str, ...]
    """Files that were not looked at."""
    behind: Behind | None
    is_worktree: bool

    @property
    def summary(self) -> str:
        """What was looked at, and how many issues it has."""
        desired, commit = self.compiled.desired, self.commit[:12]
        counts = (
            plural(len(desired.templates), "resource template"),
            plural(len(desired.clusters), "cluster"),
            plural(len(desired.policies), "propagation policy", "propagation policies"),
            plural(len(desired.override_policies), "override policy", "override policies"),
        )
        place = (f"work tree at {commit}" if commit else "work tree") if self.is_worktree else commit
        return f"{place}: {', '.join(counts)}: {issue_counts(self.issues)}"


async def validate(opened: Session, revision: str | None, now: datetime, *, base: str = "") -> Validated:
    """revision: None for the work tree. base: the revision whose Tenants judge it; empty for its own. Raises ReconcilerError."""
    judges = (await opened.load(base))[1].tenancy if base else None
    commit, desired = await _load(opened, revision, judges)
    uncommitted = await opened.uncommitted(commit, desired) if commit is not None and revision is not None else ()
    behind = await opened.repository.behind(commit) if commit is not None else None
    recorded = await opened.recorded(desired)
    if commit is not None:
        refuse_status_branch(commit, recorded.commit, desired.settings.status_branch, revision or "HEAD")
    compiled, found = await issues_of(opened, desired, recorded.state, now)
    if desired.tenancy != desired.judges:
        _, own = await _load(opened, revision, None)
        of_own = (await opened.compiler.compile(own, recorded.state, now, settled=True)).issues
        found = each_once([*found, *forbidden_next(found, of_own)])
    issues = sorted(map(_as_validated, found))
    return Validated(commit.sha if commit is not None else "", compiled, issues, uncommitted, behind, revision is None)


async def issues_of(
    opened: Session, desired: DesiredState, recorded: RecordedState, now: datetime
) -> tuple[Compiled, tuple[Issue, ...]]:
    """The compiled revision, and what is said about it, sorted: also the warnings, and what a member would refuse. Raises
    ReconcilerError."""
    compiled = await opened.compiler.compile(desired, recorded, now, settled=True)
    refused = await asyncio.to_thread(refusals, compiled)
    place = opened.place
    return compiled, each_once([*compiled.issues, *lint(compiled, place), *too_few_left(compiled, now, place), *refused])


def _as_validated(issue: Issue) -> Issue:
    """Without helm or kustomize, what charts come to is not judged; the files themselves may be right."""
    return replace(issue, severity=Severity.WARNING) if issue.reason == PROGRAM_MISSING else issue


async def _load(opened: Session, revision: str | None, judges: Tenancy | None) -> tuple[Commit | None, DesiredState]:
    return await (opened.load_worktree(judges=judges) if revision is None else opened.load(revision, judges=judges))
