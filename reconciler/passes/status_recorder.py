"""Keeps the recorded state of a process that stays (`run`), and commits it to the status branch.

Passes change the state; commits follow when the daemon asks for one. Where the remote's branch moved in the meantime, because
another process recorded, the branch is read again: the next pass starts from its state, and its commit follows on that one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from reconciler.model.memo import Memo
from reconciler.model.recorded import RecordedState
from reconciler.passes.commit_message import Writes, commit_message, count_writes
from reconciler.passes.events import Event
from reconciler.passes.options import Clock
from reconciler.record.status_branch import Recorded, commit_recorded, read_recorded
from reconciler.repo.client import Repository
from reconciler.repo.command import REMOTE
from reconciler.repo.failures import ConflictError


class StatusRecorder:
    def __init__(self, repository: Repository, clock: Clock, *, push: bool) -> None:
        """push: whether the branch is fetched from the remote and pushed to it, where there is one."""
        self._repository = repository
        self._clock = clock
        self._push = push
        self._branch: Recorded | None = None
        self.state = RecordedState()
        """What the next pass starts from: the state of the branch, and what passes changed since."""
        self._unrecorded: Writes = Counter()
        """Of all passes since the last commit."""
        self._texts = Memo()

    @property
    def branch_commit(self) -> str | None:
        """The id of the last commit that is known; None before the first one, or before the branch was read."""
        return self._branch.commit if self._branch is not None else None

    @property
    def was_read(self) -> bool:
        return self._branch is not None

    @property
    def pending(self) -> bool:
        """Whether there is something to commit."""
        return self._branch is not None and (self._branch.outdated or self._branch.state != self.state)

    async def read(self, branch: str) -> None:
        """Takes the state of the branch of this name. Raises ReconcilerError."""
        if self._push:
            await self._repository.fetch_status(branch)
        self._branch = await read_recorded(self._repository, branch)
        self.state = self._branch.state

    def take(self, before: RecordedState, after: RecordedState, events: Iterable[Event]) -> None:
        """Takes the result of a pass that started from `before`."""
        if self.state is before:  # Otherwise another process recorded in the meantime; the next pass starts from its state.
            self.state = after
        self._unrecorded += count_writes(events)

    async def commit(self, branch: str, revision: str, traceparent: str = "") -> str | None:
        """Commits what happened since the last commit. Passes may go on meanwhile. Returns the id of the new commit; None when
        there was nothing new. traceparent: as for `commit_message`.

        Raises ConflictError when somebody else committed in the meantime: their state has been read then. After any other
        ReconcilerError the same facts are still pending.
        """
        if self._branch is None or not self.pending:
            return None
        publish = self._push and REMOTE in await self._repository.remotes()
        state, writes, parent = self.state, Counter(self._unrecorded), self._branch
        message = commit_message(revision, writes, traceparent)
        try:
            written = await commit_recorded(
                self._repository, branch, parent, state, message, self._clock(), publish=publish, memo=self._texts
            )
        except ConflictError:
            await self.read(branch)
            raise
        self._texts.next_pass()
        if written is not None:  # Else the branch says all of it already, such as one more correction of the same drift.
            self._unrecorded -= writes
        self._branch = written or replace(parent, state=state)
        return written.commit if written is not None else None
