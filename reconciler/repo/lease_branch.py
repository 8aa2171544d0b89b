"""A lease on a branch of the repository, for processes that share nothing else: `ReplacedBranch` with a lease as its message."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Self

from reconciler.model.lease import Lease
from reconciler.repo.failures import RepositoryError
from reconciler.repo.options import GitOptions
from reconciler.repo.remote_url import is_url
from reconciler.repo.replaced_branch import ReplacedBranch

_MESSAGE = re.compile(
    r"^Holder: (?P<holder>.*)\nSeconds: (?P<seconds>[0-9]{1,6}(?:\.[0-9]+)?)\nTransitions: (?P<transitions>[0-9]{1,9})$",
    re.MULTILINE,
)


class LeaseBranch:
    """An async context manager: its end stops a running git command and deletes the folder."""

    def __init__(self, url: str, branch: str, cache: Path, options: GitOptions = GitOptions()) -> None:  # noqa: B008 - frozen
        """url: of the config repository. branch: the branch of the lease, and of nothing else. Raises RepositoryError."""
        if not is_url(url):
            raise RepositoryError(
                f"{url}: a lease on a branch needs a remote repository, which both processes reach",
                remedy="Name it by its URL: --repo URL. Processes of one cluster use --leader-elect lease.",
            )
        self._branch = ReplacedBranch(url, branch, cache, options)
        self.place = self._branch.place

    async def __aenter__(self) -> Self:
        await self._branch.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._branch.__aexit__()

    async def read(self) -> Lease | None:
        """None: there is no such branch yet. Raises RepositoryError, UnreachableError."""
        commit = await self._branch.read()
        if commit is None:
            return None
        found = _MESSAGE.search(commit.message)
        if found is None or commit.has_parent:
            raise RepositoryError(
                f"{self.place} holds something else than a lease, so it is not touched",
                remedy="Name a branch that is used for nothing else: --lease-name BRANCH.",
            )
        return Lease(
            found["holder"], float(found["seconds"]), commit.id, renewal=commit.id, transitions=int(found["transitions"])
        )

    async def write(self, before: Lease | None, holder: str, seconds: float) -> Lease | None:
        """Makes it the lease of this holder, or releases it (an empty holder). before: what it replaces. Returns the new lease;
        None where another process wrote in the meantime. Raises RepositoryError, UnreachableError."""
        transitions = 0 if before is None else before.transitions + (bool(holder) and before.holder != holder)
        message = f"leader: {holder or 'none'}\n\nHolder: {holder}\nSeconds: {seconds}\nTransitions: {transitions}\n"
        commit = await self._branch.replace(before.version if before is not None else None, message)
        return Lease(holder, seconds, commit, renewal=commit, transitions=transitions) if commit is not None else None

    async def request_fetch(self) -> bool:
        """Returns False: a write of another process would take the place of the holder's renewal."""
        return False
