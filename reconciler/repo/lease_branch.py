"""A lease on a branch of the repository, for processes that share nothing else.

The branch has one commit without a parent, which each renewal replaces, so no history grows. The remote decides which of two
writers was first: a push names the commit that it replaces. A small repository in the cache folder holds what is pushed. The
mirror of the config repository is not touched, so a fetch that takes long does not hold up a renewal.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from reconciler.model.lease import Lease
from reconciler.repo.command import REMOTE, GitCommand, Interruption, in_thread
from reconciler.repo.failures import ConflictError, RepositoryError
from reconciler.repo.options import GitOptions
from reconciler.repo.remote_access import RemoteCredentials
from reconciler.repo.remote_url import is_url, read_access

T = TypeVar("T")

_KEPT = "refs/reconciler/lease"
_MESSAGE = re.compile(
    r"^Holder: (?P<holder>.*)\nSeconds: (?P<seconds>[0-9]{1,6}(?:\.[0-9]+)?)\nTransitions: (?P<transitions>[0-9]{1,9})$",
    re.MULTILINE,
)
_RENEWALS = 1000
"""After so many writes, the replaced commits are deleted from the cache folder."""
_IDENTITY = {
    f"GIT_{role}_{word}": value
    for role in ("AUTHOR", "COMMITTER")
    for word, value in (("NAME", "reconciler"), ("EMAIL", "reconciler@localhost"))
}


class LeaseBranch:
    """An async context manager: its end stops a running git command and deletes the folder."""

    def __init__(self, url: str, branch: str, cache: Path, options: GitOptions = GitOptions()) -> None:  # noqa: B008 - frozen
        """url: of the config repository. branch: the branch of the lease, and of nothing else. Raises RepositoryError."""
        if not is_url(url):
            raise RepositoryError(
                f"{url}: a lease on a branch needs a remote repository, which both processes reach",
                remedy="Name it by its URL: --repo URL. Processes of one cluster use --leader-elect lease.",
            )
        credentials = RemoteCredentials(options.credentials) if options.credentials is not None else None
        self._access = credentials.plain(url) if credentials is not None else read_access(url)
        self._branch = f"refs/heads/{branch}"
        self._folder = cache.absolute() / f"lease-{secrets.token_hex(6)}.git"
        self._git = GitCommand(self._folder, self._folder, self._access, self._access.url, credentials=credentials)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lease")
        self._writes = 0
        self.place = f"branch {branch} of {self._access.url}"

    async def __aenter__(self) -> LeaseBranch:
        await self._run(self._create)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._git.interruption.interrupt()
        await asyncio.to_thread(self._thread.shutdown)
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def read(self) -> Lease | None:
        """None: there is no such branch yet. Raises RepositoryError, UnreachableError."""
        return await self._run(self._fetch)

    async def write(self, before: Lease | None, holder: str, seconds: float) -> Lease | None:
        """Makes it the lease of this holder, or releases it (an empty holder). before: what it replaces. Returns the new lease;
        None where another process wrote in the meantime. Raises RepositoryError, UnreachableError."""
        return await self._run(lambda: self._push(before, holder, seconds))

    async def request_fetch(self) -> bool:
        """Returns False: a write of another process would take the place of the holder's renewal."""
        return False

    def _create(self) -> None:
        try:
            self._folder.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            remedy = "Use a cache folder that is writable."
            raise RepositoryError(f"{self._folder.parent}: {error.strerror}", remedy=remedy) from error
        starter = GitCommand(self._folder.parent, None, place=self._access.url)
        starter.run("init", "--quiet", "--bare", "--template=", str(self._folder))
        self._git.run("remote", "add", REMOTE, self._access.url)

    def _fetch(self) -> Lease | None:
        options = ("--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head")
        try:
            self._git.ask_remote("fetch", *options, REMOTE, f"+{self._branch}:{_KEPT}")
        except RepositoryError as error:
            if "couldn't find remote ref" not in error.message:
                raise
            return None
        return self._lease_at(self._git.run("rev-parse", "--verify", _KEPT).decode().strip())

    def _push(self, before: Lease | None, holder: str, seconds: float) -> Lease | None:
        transitions = 0 if before is None else before.transitions + (bool(holder) and before.holder != holder)
        self._writes += 1
        if self._writes % _RENEWALS == 0:
            self._git.run("prune", "--expire=now")
        tree = self._git.run("hash-object", "-w", "-t", "tree", os.devnull).decode().strip()
        subject = f"leader: {holder or 'none'}"
        message = f"{subject}\n\nHolder: {holder}\nSeconds: {seconds}\nTransitions: {transitions}\n"
        # Two renewals in one second would have the same commit without a number that is used once.
        once = f"Renewal: {secrets.token_hex(8)}"
        commit = self._git.run("commit-tree", tree, "-m", message, "-m", once, environment=_IDENTITY).decode().strip()
        expected = f"--force-with-lease={self._branch}:{before.version if before is not None else ''}"
        try:
            self._git.ask_remote("push", "--quiet", "--no-signed", expected, REMOTE, f"{commit}:{self._branch}")
        except ConflictError:
            return None
        self._git.run("update-ref", _KEPT, commit)
        return Lease(holder, seconds, commit, renewal=commit, transitions=transitions)

    def _lease_at(self, commit: str) -> Lease:
        message = self._git.run("cat-file", "commit", commit).decode("utf-8", "replace")
        found = _MESSAGE.search(message)
        if found is None or "\nparent " in message.partition("\n\n")[0]:
            raise RepositoryError(
                f"{self.place} holds something else than a lease, so it is not touched",
                remedy="Name a branch that is used for nothing else: --lease-name BRANCH.",
            )
        return Lease(found["holder"], float(found["seconds"]), commit, renewal=commit, transitions=int(found["transitions"]))

    async def _run(self, work: Callable[[], T]) -> T:
        interruption = Interruption()

        def interruptible() -> T:
            self._git.interruption = interruption
            return work()

        return await in_thread(self._thread, interruption, interruptible)
