"""Two revisions, loaded to be compared, and what is recorded."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.load.wanted_sources import without_unavailable
from reconciler.model.desired import DesiredState
from reconciler.model.recorded import RecordedState
from reconciler.passes.preflight import refuse_status_branch
from reconciler.pipeline.process.client import CompilerClient
from reconciler.pipeline.revision import commit_files, load_revision, read_contents, revision_files
from reconciler.record.status_branch import read_recorded
from reconciler.repo.client import Repository
from reconciler.repo.head import Behind, Diverged
from reconciler.repo.revision import Commit
from reconciler.review.uncommitted import uncommitted_files


@dataclass(frozen=True, slots=True)
class Sides:
    """The names of the revisions that are compared."""

    base: str
    head: str | None
    """None for the work tree."""
    judges: str = ""
    """The revision whose Tenants judge HEAD; empty for BASE. Where BASE is the commit at which a branch began, its Tenants may
    allow what was forbidden since."""


@dataclass(frozen=True, slots=True)
class RevisionPair:
    """Two revisions, loaded to be compared."""

    base: Commit
    head: Commit
    judge: Commit
    """The one whose Tenants judge HEAD."""
    before: DesiredState
    """BASE."""
    after: DesiredState
    """HEAD."""
    recorded: RecordedState
    """From the status branch that the Configuration of BASE names."""
    unrecorded: str
    """The status branch that BASE names, where the repository has no such branch; else empty."""
    is_worktree: bool
    """Whether `after` is the work tree. `head` is then the commit that is checked out."""
    uncommitted: tuple[str, ...]
    """Files that were not looked at because they are not committed (`uncommitted.py`)."""
    behind: Behind | None
    """Where `head` is checked out: what it lacks of its branch."""
    diverged: Diverged | None
    """Where BASE and HEAD went apart; what HEAD lacks counts as undone."""


async def read_revisions(repository: Repository, compiler: CompilerClient, sides: Sides) -> RevisionPair:
    """Loads both revisions and the recorded state. Raises RepositoryError.

    The status branch is the one that BASE configures: HEAD may come from anyone who can open a pull request. Files that are equal
    in both are validated, too: what they declare is not moved while they have an error. For the same reason HEAD is not judged by
    its own Tenants.
    """
    head = sides.head
    old_commit, new_commit = await repository.resolve(sides.base), await repository.resolve(head or "HEAD")
    old = await commit_files(repository, old_commit)
    new = await (commit_files(repository, new_commit) if head is not None else revision_files(repository, None))
    judge = await repository.resolve(sides.judges) if sides.judges else old_commit
    blobs = await read_contents(repository, compiler, old, new)
    before = without_unavailable(await compiler.load(old.tree, blobs), old.failures)
    tenancy = before.tenancy if judge == old_commit else (await load_revision(repository, judge, compiler, check=())).tenancy
    after = without_unavailable(await compiler.load(new.tree, blobs, judges=tenancy), new.failures)
    branch = before.settings.status_branch
    recorded = await read_recorded(repository, branch)
    refuse_status_branch(new_commit, recorded.commit, branch, head or "HEAD")
    unrecorded = branch if recorded.commit is None else ""
    uncommitted = () if head is None else await uncommitted_files(repository, new_commit, after.settings)
    place = (await repository.behind(new_commit), await repository.diverged(old_commit, new_commit))
    unchanging = (recorded.state, unrecorded, head is None, uncommitted)
    return RevisionPair(old_commit, new_commit, judge, before, after, *unchanging, *place)
