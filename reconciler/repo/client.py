"""Repository: the door to one Git repository, for an event loop.

Each repository has one thread of its own; everything asked of it happens there, one thing after the other. (GitPython
is not thread-safe: four threads on one `Repo` got wrong content in more than half of their reads.) Several
repositories work side by side. Whoever stops waiting stops git, too; no answer is then owed, and what was written is
whole or absent.
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
from reconciler.repo import mirror, push, revision, tree, worktree
from reconciler.repo.branch import REMOTE
from reconciler.repo.command import GitCommand, Interruption
from reconciler.repo.credentials import clean_url
from reconciler.repo.failures import RepositoryError
from reconciler.repo.push import Draft, Signature
from reconciler.repo.revision import Commit
from reconciler.repo.tree import DEFAULT_LIMIT

P = ParamSpec("P")
T = TypeVar("T")


class Repository:
    """One repository, here or mirrored. Every method raises RepositoryError, with a remedy, when git cannot do it."""

    def __init__(self, git: GitCommand, work_tree: Path | None, executor: ThreadPoolExecutor, *, mirrored: bool) -> None:
        """Use `open`."""
        self._git = git
        self._executor = executor
        self._mirrored = mirrored
        self.work_tree = work_tree
        """Top of the work tree that the repository was opened in; None for a bare one and for a mirror."""
        self.place = git.place
        """Path or clean URL, for messages."""

    @classmethod
    async def init(cls, folder: Path) -> Self:
        """A new, empty repository in a folder that exists; one that is there already is opened as it is."""
        await asyncio.to_thread(worktree.init, folder)
        return await cls.open(str(folder))

    @classmethod
    async def open(cls, path_or_url: str, *, cache: Path | None = None) -> Self:
        """The repository around a folder (in a work tree, or bare), or a mirror below `cache` of the one at a URL.

        URLs are https, http, ssh (or `host:path`) and file; opening fetches. Raises RepositoryError, UnreachableError.
        """
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
        """Stop what is running; nothing may be asked afterwards."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._git.interruption.ask()
        await asyncio.to_thread(self._executor.shutdown)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def resolve(self, revision_name: str) -> Commit:
        """The commit that a branch, tag, id or expression such as `HEAD~3` names."""
        return await self._run(revision.resolve, revision_name)

    async def history(self, revision_name: str, limit: int) -> list[Commit]:
        """The newest commits of a revision, itself first."""
        return await self._run(revision.history, revision_name, limit)

    async def last_change(self, commit: Commit, path: str) -> Commit | None:
        """The newest commit, at or before this one, that touches a file; None where none does."""
        return await self._run(revision.last_change, commit.sha, path)

    async def read_tree(self, commit: Commit) -> dict[str, TreeEntry]:
        """Every path of the commit, links and submodules too; see `tree.read_tree` for paths that are not UTF-8."""
        return await self._run(tree.read_tree, commit.tree)

    async def read_blobs(self, ids: Iterable[str], *, limit: int = DEFAULT_LIMIT) -> dict[str, bytes | Oversized]:
        """The content of each blob by its id; `Oversized` stands for one of more than `limit` bytes."""
        return await self._run(tree.read_blobs, tuple(ids), limit)

    async def read_branch_files(self, branch: str) -> tuple[str | None, dict[str, bytes]]:
        """(commit id, path → content) of a branch here, else as last seen at the remote; else (None, {})."""
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
        """The id of one new commit on a branch that must be at `parent` (None: must not exist). None deletes a path.

        publish: whether the remote must take it first; if it does not, the branch here stays where it was.
        Raises ConflictError when the branch, here or there, is not at `parent`; RepositoryError when it is checked out in a
        work tree; UnreachableError.
        """
        return await self._run(push.commit, branch, Draft(parent, dict(changes), message, by, publish))

    async def commit_work_tree(self, paths: Sequence[str], message: str, by: Signature | None = None) -> str:
        """The id of a commit of these paths as they are in the work tree; `by` None for whoever git is set up for."""
        return await self._run(worktree.commit_work_tree, paths, message, by)

    async def is_changed(self, path: str) -> bool:
        """Whether a path of the work tree is otherwise than at HEAD; a new one is."""
        return await self._run(worktree.is_changed, path)

    async def push(self, branch: str) -> None:
        """To the remote, by fast-forward. Raises ConflictError when the remote's branch moved, UnreachableError."""
        await self._run(push.push, branch)

    async def publish(self, branch: str) -> bool:
        """Push what was committed here while there was no remote, or nobody wished to; whether there was anything."""
        state = await self._run(branches.branch_state, branch)
        if self._mirrored or state.local in (None, state.tracked):
            return False
        await self.push(branch)
        return True

    async def fetch(self) -> None:
        """Bring a mirror up to date. A local repository is taken as it is: nothing happens."""
        if self._mirrored:
            await self._run(mirror.fetch_mirror)

    async def fetch_status(self, branch: str) -> str | None:
        """Fast-forward one branch to the remote's, and return the commit to read now; None where there is none.

        Raises ConflictError when both have commits that the other lacks; UnreachableError.
        """
        if self._mirrored:
            await self._run(mirror.fetch_mirror)
        elif REMOTE in await self.remotes():
            return await self._run(branches.fetch_status, branch)
        return (await self._run(branches.branch_state, branch)).head

    async def remotes(self) -> dict[str, str]:
        """Name → URL without any secret. Empty: there is nowhere to push to."""
        return await self._run(mirror.remotes)

    async def _run(self, function: Callable[Concatenate[GitCommand, P], T], *arguments: P.args, **named: P.kwargs) -> T:
        interruption = Interruption()

        def work() -> T:
            self._git.interruption = interruption
            return function(self._git, *arguments, **named)

        return await _in_thread(self._executor, interruption, work)


async def _in_thread(executor: ThreadPoolExecutor, interruption: Interruption, work: Callable[[], T]) -> T:
    """Where the event loop and git's thread meet."""
    future = executor.submit(work)
    try:
        return await asyncio.wrap_future(future)
    except asyncio.CancelledError:
        interruption.ask()
        raise
