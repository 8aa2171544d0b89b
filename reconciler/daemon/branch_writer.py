"""What writes to another branch than that of the status, after what a pass found was recorded."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from reconciler.daemon.log import Log
from reconciler.passes.passes import Pass
from reconciler.repo.client import Repository
from reconciler.repo.commit_branch import Signature


class BranchWriter(Protocol):
    @property
    def is_news(self) -> bool:
        """Whether something of it was not tried yet, and must not wait for the end of a batch of the status branch."""

    def passed(self, revision: str, done: Pass) -> bool:
        """Takes what a pass over the revision found. Returns whether there is something to write."""

    def due(self) -> Callable[[Log], Awaitable[None]]:
        """What writes that which is pending now, to be called when the pass is recorded. What fails is logged, and tried again
        with the next commit to the status branch."""


async def keep_proposed(
    repository: Repository,
    branch: str,
    *,
    parent: str,
    changes: Mapping[str, bytes | None],
    message: str,
    by: Signature,
    publish: bool,
) -> str | None:
    """Puts one commit on a branch of proposals in place of what it held; returns its id, None where the branch has these contents
    already. Arguments and errors are those of `Repository.replace_branch`."""
    _, there = await repository.read_branch_files(branch)
    if there and all(there.get(path) == content for path, content in changes.items()):
        return None
    return await repository.replace_branch(branch, parent=parent, changes=changes, message=message, by=by, publish=publish)
