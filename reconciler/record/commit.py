"""Writing recorded state to the status branch: one commit per change of facts, none when nothing changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from reconciler.model.memo import Memo
from reconciler.model.recorded import RecordedState
from reconciler.record.readme import readme
from reconciler.record.status_documents import files_of, is_document, is_outdated, state_of
from reconciler.repo.client import Repository
from reconciler.repo.push import Signature

AUTHOR = ("Reconciler", "reconciler@localhost")
"""Name and address in the commits of the status branch."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The status branch as it was read."""

    commit: str | None
    """None: there is no such branch yet."""
    files: Mapping[str, bytes]
    state: RecordedState
    outdated: bool = False
    """Whether it is written in an older layout: the next commit rewrites it although no fact changed."""


async def read_recorded(repository: Repository, branch: str) -> Recorded:
    """Raises RepositoryError, or UnreadableStatusError when someone else's hand shows."""
    commit, files = await repository.read_branch_files(branch)
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
    """The branch after one more commit; None when `state` says nothing new. Raises ConflictError when it has moved meanwhile.

    publish: see `Repository.commit_files`. memo: see `files_of`.
    """
    after = {**files_of(state, memo), "README.md": readme(state).encode()}
    changes: dict[str, bytes | None] = {path: data for path, data in after.items() if before.files.get(path) != data}
    changes |= {path: None for path in before.files if is_document(path) and path not in after}
    if not changes:
        return None
    by = Signature(*AUTHOR, when)
    commit = await repository.commit_files(branch, parent=before.commit, changes=changes, message=message, by=by, publish=publish)
    others = {path: data for path, data in before.files.items() if path not in changes}
    return Recorded(commit, {**others, **after}, state)
