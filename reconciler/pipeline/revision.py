"""From a commit, or from the files of a work tree, to the desired state: the one place where the compiler gets files from Git."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from reconciler.model.desired import DesiredState
from reconciler.model.tenant import Tenancy
from reconciler.model.tree import Oversized, Tree
from reconciler.pipeline.process.client import CompilerClient
from reconciler.repo.client import Repository
from reconciler.repo.revision import Commit
from reconciler.repo.worktree import UncommittedFile


@dataclass(frozen=True, slots=True)
class RevisionFiles:
    """The files of a commit, or those of a work tree as they are."""

    commit: Commit | None
    """For a work tree, HEAD; None where HEAD is a branch without a commit."""
    tree: Tree
    uncommitted: Mapping[str, bytes | Oversized] = field(default_factory=dict)
    """By blob id, contents that are not in the repository."""


async def revision_files(repository: Repository, revision: str | None) -> RevisionFiles:
    """revision: the name of a commit; None for the work tree. Raises RepositoryError."""
    if revision is not None:
        return await commit_files(repository, await repository.resolve(revision))
    if await repository.is_unborn():
        changes = await repository.read_uncommitted()
        if changes:
            return _with_changes(None, {}, changes)
    head = await repository.resolve("HEAD")
    return _with_changes(head, await repository.read_tree(head), await repository.read_uncommitted())


async def commit_files(repository: Repository, commit: Commit) -> RevisionFiles:
    """Raises RepositoryError."""
    return RevisionFiles(commit, await repository.read_tree(commit))


def _with_changes(head: Commit | None, tree: Tree, changes: Mapping[str, UncommittedFile | None]) -> RevisionFiles:
    """The files of HEAD with all that is not committed: changed, new and deleted ones."""
    tree = {path: entry for path, entry in tree.items() if path not in changes or changes[path] is not None}
    files = {path: file for path, file in changes.items() if file is not None}
    tree |= {path: file.entry for path, file in files.items()}
    return RevisionFiles(head, dict(sorted(tree.items())), {file.entry.blob: file.content for file in files.values()})


async def load_revision(
    repository: Repository,
    revision: Commit | RevisionFiles,
    compiler: CompilerClient,
    *,
    check: Collection[str] | None = None,
    judges: Tenancy | None = None,
) -> DesiredState:
    """check, judges: as for `Compiler.load`. Raises RepositoryError, and what the compiler raises."""
    files = revision if isinstance(revision, RevisionFiles) else await commit_files(repository, revision)
    blobs = await read_contents(repository, compiler, files)
    return await compiler.load(files.tree, blobs, check=check, judges=judges)


async def read_contents(
    repository: Repository, compiler: CompilerClient, *revisions: RevisionFiles
) -> Mapping[str, bytes | Oversized]:
    """By blob id, the contents that the compiler needs to load these revisions. Raises RepositoryError."""
    missing: set[str] = set()
    uncommitted: dict[str, bytes | Oversized] = {}
    for files in revisions:
        missing |= await compiler.missing(files.tree)
        uncommitted |= files.uncommitted
    return {**uncommitted, **await repository.read_blobs(missing - uncommitted.keys())}
