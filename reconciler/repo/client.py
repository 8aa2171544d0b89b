"""Repository: async access to one Git repository.

Each repository has its own thread, which runs all its operations one after the other. (GitPython is not thread-safe: four
threads on one `Repo` got wrong content in more than half of their reads.) Different repositories run in parallel. Cancelling an
operation stops git; a write is then either complete or absent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Concatenate, ParamSpec, Self, TypeVar

from reconciler.model.tree import Oversized, TreeEntry
from reconciler.repo import branch as branches
from reconciler.repo import commit_branch, mirror, revision, tree, worktree
from reconciler.repo.branch import REMOTE
from reconciler.repo.command import GitCommand, Interruption
from reconciler.repo.commit_branch import NewCommit, Signature
from reconciler.repo.credentials import clean_url
from reconciler.repo.failures import RepositoryError
from reconciler.repo.revision import Commit
from reconciler.repo.tree import DEFAULT_LIMIT
from reconciler.repo.worktree import UncommittedFile

P = ParamSpec("P")
T = TypeVar("T")


class Repository:
    """One repository, local or mirrored. Every method raises RepositoryError, with a remedy, if git fails."""

    def __init__(self, git: GitCommand, work_tree: Path | None, executor: ThreadPoolExecutor, *, mirrored: bool) -> None:
        """Use `open`."""
        self._git = git
        self._executor = executor
        self.is_mirror = mirrored
        """Whether this is a copy of a remote repository, in a cache folder."""
        self.work_tree = work_tree
        """Top folder of the work tree; None for a bare repository and for a mirror."""
        self.place = git.place
        """Path or clean URL, for messages."""

    @classmethod
    async def init(cls, folder: Path) -> Self:
        """A new, empty repository in an existing folder. If the folder is a repository already, it is opened unchanged."""
        await asyncio.to_thread(worktree.init, folder)
        return await cls.open(str(folder))

    @classmethod
    async def open(cls, path_or_url: str, *, cache: Path | None = None) -> Self:
        """The repository that contains a folder (a work tree, or bare), or a mirror below `cache` of a remote repository.

        URLs are https, http, ssh (or `host:path`) and file. White space around a URL, such as the line break of the file that a
        Secret was made of, is not part of it. Opening a mirror fetches. Raises RepositoryError, UnreachableError.
        """
        if mirror.is_url(path_or_url.strip()):
            path_or_url = path_or_url.strip()
        executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="git")
        interruption = Interruption()
        try:
            if not mirror.is_url(path_or_url):
                local = partial(mirror.open_local, Path(path_or_url), interruption)
                git, work_tree = await _in_thread(executor, interruption, local)
                return cls(git, work_tree, executor, mirrored=False)
            if cache is None:
                raise RepositoryError(f"{clean_url(path_or_url)}: a remote repository needs a cache folder for its mirror")
            remote = partial(mirror.open_mirror, path_or_url, cache, interruption)
            return cls(await _in_thread(executor, interruption, remote), None, executor, mirrored=True)
        except BaseException:
            executor.shutdown(wait=False)
            raise

    async def close(self) -> None:
        """Stops the running operation. No method may be called afterwards."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._git.interruption.interrupt()
        await asyncio.to_thread(self._executor.shutdown)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def resolve(self, revision_name: str) -> Commit:
        """The commit that a branch, tag, id or expression such as `HEAD~3` names."""
        return await self._run(revision.resolve, revision_name)

    async def head_branch(self) -> str:
        """The branch that HEAD is; empty where it is a commit without a branch. In a mirror it is the remote's default branch, as
        of the last fetch."""
        return await self._run(mirror.head_branch)

    async def refuse_detached_head(self, remedy: str = "") -> None:
        """Raises RepositoryError where HEAD is a commit without a branch: a commit would be lost with the next checkout.

        remedy: what else the user can do, as a sentence.
        """
        if not await self.head_branch():
            message = f"{self.place}: HEAD is on no branch, so a commit here would be lost with the next checkout"
            switch = "Switch to a branch first: git switch main, or git switch -c NAME for a new one."
            raise RepositoryError(message, remedy=f"{switch} {remedy}".rstrip())

    async def history(self, revision_name: str, limit: int) -> list[Commit]:
        """The newest commits of a revision, beginning with the revision itself."""
        return await self._run(revision.history, revision_name, limit)

    async def last_change(self, commit: Commit, path: str) -> Commit | None:
        """The newest commit, at or before this one, that changes a file; None if there is none."""
        return await self._run(revision.last_change, commit.sha, path)

    async def first_change(self, commit: Commit, path: str) -> Commit | None:
        """The oldest commit, at or before this one, that changes a file; None if there is none."""
        return await self._run(revision.first_change, commit.sha, path)

    async def ever_declared(self, name: str) -> bool:
        """As `revision.ever_declared`, in the history of HEAD."""
        return await self._run(revision.ever_declared, "HEAD", name)

    async def read_tree(self, commit: Commit) -> dict[str, TreeEntry]:
        """Every path of the commit, including links and submodules. See `tree.read_tree` for paths that are not UTF-8."""
        return await self._run(tree.read_tree, commit.tree)

    async def read_blobs(self, ids: Iterable[str], *, limit: int = DEFAULT_LIMIT) -> dict[str, bytes | Oversized]:
        """Blob id → content; `Oversized` for a blob of more than `limit` bytes."""
        return await self._run(tree.read_blobs, tuple(ids), limit)

    async def read_branch_files(self, branch: str) -> tuple[str | None, dict[str, bytes]]:
        """(commit id, path → content) of a local branch, else of the remote's at the last fetch; else (None, {})."""
        return await self._run(branches.read_branch_files, branch)

    async def commit_files(
        self,
        branch: str,
        *,
        parent: str | None,
        changes: Mapping[str, bytes | None],
        message: str,
        by: Signature,
        publish: bool = False,
    ) -> str:
        """Adds one commit to a branch that must be at `parent` (None: must not exist), and returns its id.

        changes: path → new content; None deletes the path. publish: push first; if the remote refuses, the local branch does
        not move. Raises ConflictError if the local or remote branch is not at `parent`; RepositoryError if it is checked out in
        a work tree; UnreachableError.
        """
        return await self._run(commit_branch.commit, branch, NewCommit(parent, dict(changes), message, by, publish))

    async def commit_work_tree(self, paths: Sequence[str], message: str, by: Signature | None = None) -> str:
        """Commits these paths as they are in the work tree, and returns the id. by: None for the user in git's configuration."""
        return await self._run(worktree.commit_work_tree, paths, message, by)

    async def is_changed(self, path: str) -> bool:
        """Whether a path of the work tree differs from HEAD. A new path does."""
        return await self._run(worktree.is_changed, path)

    async def uncommitted_paths(self, commit: Commit) -> list[str]:
        """The paths of the work tree that differ from this commit, sorted, without ignored files; empty where the commit is not
        HEAD, and where there is no work tree."""
        return await self._run(worktree.uncommitted_paths, commit.sha) if self.work_tree is not None else []

    async def read_uncommitted(self, commit: Commit) -> dict[str, UncommittedFile | None]:
        """The paths that differ from HEAD, as they are in the work tree; None for a deleted one. commit: HEAD.

        Raises RepositoryError, also where there is no work tree.
        """
        if self.work_tree is None:
            remedy = "Leave out --worktree, or name a clone with a work tree: --repo FOLDER."
            raise RepositoryError(f"{self.place}: this repository has no work tree", remedy=remedy)
        return await self._run(worktree.read_uncommitted, len(commit.sha))

    async def push(self, branch: str) -> None:
        """Pushes a branch by fast-forward. Raises ConflictError if the remote's branch moved, UnreachableError."""
        await self._run(commit_branch.push, branch)

    async def is_published(self, commit: Commit) -> bool:
        """Whether the remote has this commit; true where there is no remote. Asks the remote. Raises UnreachableError."""
        if self.is_mirror or REMOTE not in await self.remotes():
            return True
        return await self._run(branches.is_at_remote, commit.sha)

    async def publish(self, branch: str) -> bool:
        """Pushes local commits that have not been pushed yet. Returns whether there were any."""
        state = await self._run(branches.branch_state, branch)
        if self.is_mirror or state.local in (None, state.tracked):
            return False
        await self.push(branch)
        return True

    async def fetch(self) -> None:
        """Updates a mirror. Does nothing for a local repository."""
        if self.is_mirror:
            await self._run(mirror.fetch_mirror)

    async def fetch_status(self, branch: str) -> str | None:
        """Fast-forwards one branch to the remote's, and returns the commit to read; None if there is no such branch.

        Raises ConflictError if both have commits that the other lacks; UnreachableError.
        """
        if self.is_mirror:
            await self._run(mirror.fetch_mirror)
        elif REMOTE in await self.remotes():
            return await self._run(branches.fetch_status, branch)
        return (await self._run(branches.branch_state, branch)).head

    async def remotes(self) -> dict[str, str]:
        """Name → URL without secrets. Empty if there is no remote to push to."""
        return await self._run(mirror.remotes)

    async def _run(self, function: Callable[Concatenate[GitCommand, P], T], *arguments: P.args, **named: P.kwargs) -> T:
        interruption = Interruption()

        def work() -> T:
            self._git.interruption = interruption
            return function(self._git, *arguments, **named)

        return await _in_thread(self._executor, interruption, work)


async def _in_thread(executor: ThreadPoolExecutor, interruption: Interruption, work: Callable[[], T]) -> T:
    """Runs the work in git's thread. Interrupts git if the caller is cancelled."""
    future = executor.submit(work)
    try:
        return await asyncio.wrap_future(future)
    except asyncio.CancelledError:
        interruption.interrupt()
        raise
