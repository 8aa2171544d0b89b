"""Reads the status branch, and commits to it: one commit when facts changed, none when nothing changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from reconciler.model.memo import Memo
from reconciler.model.recorded import RecordedState
from reconciler.record.branch_layout import files_of, is_document, is_outdated, state_of
from reconciler.record.fleet_pictures import picture_files
from reconciler.record.readme import readme
from reconciler.repo.client import Repository
from reconciler.repo.commit_branch import Signature

AUTHOR = ("Reconciler", "reconciler@localhost")
"""Name and address in the commits of the status branch, where the options of Git name no others."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The status branch at one commit."""

    commit: str | None
    """None: the branch does not exist yet."""
    files: Mapping[str, bytes]
    """Path → content of every file."""
    state: RecordedState
    outdated: bool = False
    """Whether the branch has an older layout: the next commit rewrites it, even when no fact changed."""


async def read_recorded(repository: Repository, branch: str) -> Recorded:
    """The branch as it is now. Raises RepositoryError, or UnreadableStatusError for a file that this program cannot read."""
    commit, files = await repository.read_branch_files(branch)
    return Recorded(commit, files, state_of(files), is_outdated(files))


async def read_recorded_at(repository: Repository, commit: str) -> Recorded:
    """The branch at one of its commits. Raises as `read_recorded`."""
    files = await repository.read_commit_files(commit)
    return Recorded(commit, files, state_of(files), is_outdated(files))


async def commit_recorded(
    repository: Repository,
    branch: str,
    before: Recorded,
    state: RecordedState,
    message: str,
    when: datetime,
    *,
    publish: bool = False,
    memo: Memo | None = None,
) -> Recorded | None:
    """The branch after one more commit; None when its files already hold `state`.

    before: the branch as it was read. publish: see `Repository.commit_files`. memo: see `files_of`.
    Raises ConflictError when the branch has another commit now.
    """
    memo = memo or Memo()
    after = {**files_of(state, memo), "README.md": readme(state, memo).encode(), **picture_files(state, memo)}
    changes: dict[str, bytes | None] = {path: data for path, data in after.items() if before.files.get(path) != data}
    changes |= {path: None for path in before.files if path not in after and is_document(path)}
    if not changes:
        return None
    author = Signature(*(repository.author or AUTHOR), when)
    commit = await repository.commit_files(
        branch, parent=before.commit, changes=changes, message=message, by=author, publish=publish
    )
    others = {path: data for path, data in before.files.items() if path not in changes}
    return Recorded(commit, {**others, **after}, state)
