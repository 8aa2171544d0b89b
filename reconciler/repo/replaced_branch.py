"""Branches of the remote with one commit without a parent, which each write replaces: no history grows.

The remote decides which of two writers was first: a push names the commit that it replaces. A small repository in the cache
folder holds what is pushed. The mirror of the config repository is not touched, so a fetch that takes long does not hold up a
write.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar

from reconciler.repo.command import REMOTE, GitCommand, Interruption, in_thread
from reconciler.repo.failures import ConflictError, RepositoryError
from reconciler.repo.options import GitOptions
from reconciler.repo.remote_access import RemoteCredentials
from reconciler.repo.remote_url import read_access

T = TypeVar("T")

_KEPT = "refs/reconciler/kept"
_LIMIT = 16 * 1024 * 1024
"""Bytes of replaced commits in the cache folder, after which they are deleted."""
_OVERHEAD = 16 * 1024
"""Bytes on the disk that a write takes beside its file: each of its objects is a file, and a file takes whole blocks."""
_ABANDONED = 24 * 3600.0
"""Seconds after which a folder that nobody used is that of a process which was killed. Leases and reports are written at least
once in an hour."""
_IDENTITY = {
    f"GIT_{role}_{word}": value
    for role in ("AUTHOR", "COMMITTER")
    for word, value in (("NAME", "reconciler"), ("EMAIL", "reconciler@localhost"))
}


@dataclass(frozen=True, slots=True)
class ReplacedCommit:
    """The one commit of the branch."""

    id: str
    message: str
    has_parent: bool
    """Whether somebody else committed to the branch."""


@dataclass(frozen=True, slots=True)
class NewCommit:
    """What a write puts on a branch."""

    before: str | None
    """The commit that it replaces; None: the branch must not exist."""
    message: str
    file: tuple[str, bytes] | None = None
    """Name and content of its only file."""


class PartlyRefusedError(RepositoryError):
    """The remote refused some branches of one push, such as protected ones, and took the others."""

    def __init__(self, message: str, *, remedy: str, written: Mapping[str, str]) -> None:
        """written: the commits of the others."""
        super().__init__(message, remedy=remedy)
        self.written = written


class ReplacedBranches:
    """Branches of one remote, below a prefix; for a single branch see `ReplacedBranch`. An async context manager: its end stops a
    running git command and deletes the folder."""

    def __init__(self, url: str, prefix: str, cache: Path, options: GitOptions) -> None:
        """url: of the remote. prefix: of the names of the branches, such as `reports/`; branches below it are used for nothing
        else. Raises RepositoryError."""
        credentials = RemoteCredentials.of(options)
        access = credentials.plain(url) if credentials is not None else read_access(url)
        self._prefix = f"refs/heads/{prefix}"
        self._folder = cache.absolute() / f"branch-{secrets.token_hex(6)}.git"
        self._git = GitCommand(self._folder, self._folder, access, access.url, credentials=credentials)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="branch")
        self._replaced = 0
        """Bytes since the last deletion of replaced commits, about."""
        self.place = f"branch {prefix} of {access.url}"
        """For messages; the name of a branch is missing at the end of the prefix."""

    async def __aenter__(self) -> Self:
        await self._run(self._create)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._git.interruption.interrupt()
        await asyncio.to_thread(self._thread.shutdown)
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def read(self, name: str) -> ReplacedCommit | None:
        """None: there is no such branch yet. Raises RepositoryError, UnreachableError."""
        return await self._run(lambda: self._fetch(name))

    async def tips(self, names: Collection[str]) -> dict[str, str]:
        """The commits of those branches that exist. Raises RepositoryError, UnreachableError."""
        return await self._run(lambda: self._list(names))

    async def replace_all(self, news: Mapping[str, NewCommit]) -> dict[str, str] | None:
        """Puts a commit on each of these branches, by one push, and returns the ids; None where another process wrote to one of
        them in the meantime: nothing is known of the others then. Raises RepositoryError, UnreachableError, and
        PartlyRefusedError where the remote took some of them."""
        return await self._run(lambda: self._push(news))

    def _fetch(self, name: str) -> ReplacedCommit | None:
        options = ("--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head")
        try:
            self._git.ask_remote("fetch", *options, REMOTE, f"+{self._prefix}{name}:{_KEPT}")
        except RepositoryError as error:
            if "couldn't find remote ref" not in error.message:
                raise
            return None
        commit = self._git.run("rev-parse", "--verify", _KEPT).decode().strip()
        headers, _, message = self._git.run("cat-file", "commit", commit).decode("utf-8", "replace").partition("\n\n")
        return ReplacedCommit(commit, message, "\nparent " in headers)

    def _list(self, names: Collection[str]) -> dict[str, str]:
        output = self._git.ask_remote("ls-remote", REMOTE, *(f"{self._prefix}{name}" for name in names)).decode()
        refs = {ref: commit for commit, _, ref in (line.partition("\t") for line in output.splitlines())}
        return {name: refs[ref] for name in names if (ref := f"{self._prefix}{name}") in refs}

    def _create(self) -> None:
        try:
            self._folder.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            remedy = "Use a cache folder that is writable."
            raise RepositoryError(f"{self._folder.parent}: {error.strerror}", remedy=remedy) from error
        _delete_abandoned(self._folder.parent)
        starter = GitCommand(self._folder.parent, None, place=self._git.place)
        starter.run("init", "--quiet", "--bare", "--template=", str(self._folder))
        self._git.run("remote", "add", REMOTE, self._git.access.url)

    def _push(self, news: Mapping[str, NewCommit]) -> dict[str, str] | None:
        if self._replaced > _LIMIT:
            self._git.run("prune", "--expire=now")
            self._replaced = 0
        commits = {name: self._commit(new) for name, new in news.items()}
        expected = [f"--force-with-lease={self._prefix}{name}:{new.before or ''}" for name, new in news.items()]
        refs = [f"{commit}:{self._prefix}{name}" for name, commit in commits.items()]
        try:
            self._git.ask_remote("push", "--quiet", "--no-signed", *expected, REMOTE, *refs)
        except ConflictError:
            return None
        except RepositoryError as error:
            if not error.temporary and len(news) > 1:
                self._tell_written(error, commits)
            raise
        return commits

    def _tell_written(self, error: RepositoryError, commits: Mapping[str, str]) -> None:
        """Raises PartlyRefusedError where the remote has some of these commits."""
        tips = self._list(commits)
        if written := {name: commit for name, commit in commits.items() if tips.get(name) == commit}:
            raise PartlyRefusedError(error.message, remedy=error.remedy, written=written) from error

    def _commit(self, new: NewCommit) -> str:
        self._replaced += _OVERHEAD + (len(new.file[1]) if new.file is not None else 0)
        # Two writes in one second would have the same commit without a number that is used once.
        once = f"Renewal: {secrets.token_hex(8)}"
        return self._output("commit-tree", self._tree(new.file), "-m", new.message, "-m", once, environment=_IDENTITY)

    def _tree(self, file: tuple[str, bytes] | None) -> str:
        if file is None:
            return self._output("hash-object", "-w", "-t", "tree", os.devnull)
        name, content = file
        written = self._folder / "content"
        written.write_bytes(content)
        blob = self._output("hash-object", "-w", "--no-filters", str(written))
        written.write_bytes(f"100644 blob {blob}\t{name}\n".encode())
        with written.open("rb") as listing:
            return self._output("mktree", stdin=listing)

    def _output(self, *arguments: str, **options: object) -> str:
        return self._git.run(*arguments, **options).decode().strip()  # type: ignore[arg-type]

    async def _run(self, work: Callable[[], T]) -> T:
        interruption = Interruption()

        def interruptible() -> T:
            self._git.interruption = interruption
            with suppress(OSError):  # Shows other processes that this one uses it.
                os.utime(self._folder)
            return work()

        return await in_thread(self._thread, interruption, interruptible)


class ReplacedBranch:
    """One branch. An async context manager, as `ReplacedBranches`."""

    def __init__(self, url: str, branch: str, cache: Path, options: GitOptions) -> None:
        """url: of the remote. branch: used for nothing else. Raises RepositoryError."""
        self._branches = ReplacedBranches(url, branch, cache, options)
        self.place = self._branches.place

    async def __aenter__(self) -> Self:
        await self._branches.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._branches.__aexit__()

    async def read(self) -> ReplacedCommit | None:
        """None: there is no such branch yet. Raises RepositoryError, UnreachableError."""
        return await self._branches.read("")

    async def replace(self, before: str | None, message: str, file: tuple[str, bytes] | None = None) -> str | None:
        """Puts a commit in the place of `before`, and returns its id; None where another process wrote in the meantime.
        Arguments: see `NewCommit`. Raises RepositoryError, UnreachableError."""
        written = await self._branches.replace_all({"": NewCommit(before, message, file)})
        return written[""] if written is not None else None


def _delete_abandoned(cache: Path) -> None:
    """The folders of processes that were killed."""
    long_ago = time.time() - _ABANDONED
    for folder in cache.glob("branch-*.git"):
        with suppress(OSError):
            if folder.stat().st_mtime < long_ago:
                shutil.rmtree(folder, ignore_errors=True)
