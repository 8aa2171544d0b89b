"""From a commit, or from the files of a work tree, to the desired state: the one place where the compiler gets files from Git."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from reconciler.errors import ReconcilerError
from reconciler.load.source_lock import read_lock
from reconciler.load.wanted_sources import without_unavailable
from reconciler.model.desired import DesiredState
from reconciler.model.source_lock import LOCK_FILE, SourceLock
from reconciler.model.tenant import Tenancy
from reconciler.model.tree import Oversized, Tree, TreeEntry
from reconciler.pipeline.process.client import CompilerClient
from reconciler.repo.client import Repository
from reconciler.repo.revision import Commit
from reconciler.repo.worktree import UncommittedFile
from reconciler.sources.failures import SourceError
from reconciler.sources.options import SourceOptions

if TYPE_CHECKING:
    from reconciler.sources.source_files import SourceFiles


@dataclass(frozen=True, slots=True)
class RevisionFiles:
    """The files of a commit, or those of a work tree as they are."""

    commit: Commit | None
    """For a work tree, HEAD; None where HEAD is a branch without a commit."""
    tree: Tree
    uncommitted: Mapping[str, bytes | Oversized] = field(default_factory=dict)
    """By blob id, contents that are not in the repository."""
    failures: Mapping[str, ReconcilerError] = field(default_factory=dict)
    """By folder: why what belongs to the revision and is kept elsewhere is not there."""


async def revision_files(repository: Repository, revision: str | None) -> RevisionFiles:
    """revision: the name of a commit; None for the work tree. Raises RepositoryError."""
    if revision is not None:
        return await commit_files(repository, await repository.resolve(revision))
    if await repository.is_unborn():
        changes = await repository.read_uncommitted()
        if changes:
            return await _with_outside(repository, _with_changes(None, {}, changes))
    head = await repository.resolve("HEAD")
    own = _with_changes(head, await repository.read_tree(head), await repository.read_uncommitted())
    return await _with_outside(repository, own)


async def commit_files(repository: Repository, commit: Commit) -> RevisionFiles:
    """Raises RepositoryError."""
    return await _with_outside(repository, RevisionFiles(commit, await repository.read_tree(commit)))


_OUTSIDE: WeakKeyDictionary[Repository, SourceFiles] = WeakKeyDictionary()


async def _with_outside(repository: Repository, own: RevisionFiles) -> RevisionFiles:
    """The files with those that `reconciler.lock` adds."""
    entry, outside = own.tree.get(LOCK_FILE), repository.outside
    if outside is None or outside.cache is None or entry is None or not entry.is_file:
        return own
    content = own.uncommitted.get(entry.blob)
    if content is None:
        content = (await repository.read_blobs([entry.blob]))[entry.blob]
    if repository not in _OUTSIDE:
        from reconciler.sources.source_files import SourceFiles  # late, because it imports aiohttp

        _OUTSIDE[repository] = SourceFiles(SourceOptions.of(outside, outside.cache))
    lock = read_lock(content).lock
    taken = _taken(lock, own.tree)
    added = await _OUTSIDE[repository].read(SourceLock(tuple(one for one in lock.sources if one.folder not in taken)))
    tree = {path: TreeEntry(file.blob, 0o100644) for path, file in added.files.items()} | dict(own.tree)
    contents = {file.blob: file.content for file in added.files.values()}
    return RevisionFiles(own.commit, dict(sorted(tree.items())), {**contents, **own.uncommitted}, {**added.failures, **taken})


def _taken(lock: SourceLock, tree: Tree) -> dict[str, ReconcilerError]:
    """The folders of sources in which the repository has files of its own."""
    paths, taken = sorted(tree), dict[str, ReconcilerError]()
    for folder in {one.folder for one in lock.sources}:
        first = next(iter(paths[bisect_left(paths, f"{folder}/") :][:1]), "")
        if folder in tree or first.startswith(f"{folder}/"):
            name = folder if folder in tree else first
            message = f"the folder {folder} is for files from elsewhere, and this repository has {name}"
            taken[folder] = SourceError(message, remedy="Move it, or name another folder as spec.into of the Source.")
    return taken


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
    desired = await compiler.load(files.tree, blobs, check=check, judges=judges)
    return without_unavailable(desired, files.failures)


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
