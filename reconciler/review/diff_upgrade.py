"""The differences between what this program and another version of it render of one revision."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from reconciler.pipeline.process.client import CompilerClient
from reconciler.pipeline.works import make_works
from reconciler.repo.client import Repository
from reconciler.review.diff import RevisionDiff
from reconciler.review.immutable_changes import with_immutable_fields
from reconciler.review.outline.copies import Revisions
from reconciler.review.outline.outline import outline
from reconciler.review.outline.teams import teams_of
from reconciler.review.revision_pair import Sides, read_revisions
from reconciler.review.staged_changes import AT_ONCE
from reconciler.review.upgrade import Rendered, diff_rendered


async def diff_programs(
    repository: Repository,
    compiler: CompilerClient,
    revision: str,
    render: Callable[[], Awaitable[Rendered]],
    now: datetime,
    words: str,
) -> RevisionDiff:
    """BASE is this program, HEAD the other one; both go on from the recorded placements. Warnings and errors are those of
    neither: the other program tells its own. Raises RepositoryError, and what `render` raises.

    render: has the other program render the revision. words: its name, for messages.
    """
    pair = await read_revisions(repository, compiler, Sides(revision, revision))
    compiled = await compiler.compile(pair.before, pair.recorded, now, settled=True)
    found = diff_rendered(make_works(compiled), await render())
    differences = tuple(with_immutable_fields(found, pair.after.clusters))
    revisions, entries = Revisions(compiled, compiled), outline(differences, compiled, compiled)
    return RevisionDiff(
        pair.base,
        pair.head,
        pair.judge,
        differences,
        entries,
        teams_of(entries, revisions),
        kept=(),
        guarded=(),
        new_issues=(),
        warnings=(),
        members=len(pair.after.clusters),
        readdressed={},
        staging=AT_ONCE,
        unrecorded=pair.unrecorded,
        is_worktree=False,
        uncommitted=pair.uncommitted,
        behind=pair.behind,
        diverged=None,
        upgrade=words,
    )
