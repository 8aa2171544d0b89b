"""Keeps a fleet at what one revision says, pass after pass, for a process that stays.

Holds what outlives a pass: connections and their watches, the recorded state and what of it is not committed yet. When to do
what is the daemon's to say. A revision that cannot be read changes nothing: the last good one goes on being kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from reconciler.cluster.access import Access
from reconciler.model.changes import Outcome
from reconciler.model.keys import ClusterName
from reconciler.model.memo import Memo
from reconciler.model.recorded import RecordedState
from reconciler.model.settings import Settings
from reconciler.passes.fleet import connect
from reconciler.passes.passes import Clock, Job, Options, Pass, pruned_so_far, run_pass
from reconciler.passes.preflight import refuse_broken_configuration, refuse_missing_members, refuse_status_branch
from reconciler.passes.sync import commit_message
from reconciler.pipeline.process.client import CompilerClient, Sparing
from reconciler.pipeline.revision import load_revision
from reconciler.record.commit import Recorded, commit_recorded, read_recorded
from reconciler.repo.branch import REMOTE
from reconciler.repo.client import Repository
from reconciler.repo.failures import ConflictError

Done = Mapping[ClusterName, tuple[Outcome, ...]]


class Keeper:
    def __init__(
        self,
        repository: Repository,
        compiler: CompilerClient,
        access: Access,
        clock: Clock,
        revision: str,
        options: Options,
        *,
        push: bool,
    ) -> None:
        """revision: what to follow, a branch or `HEAD`. push: whether the status branch goes to a remote, where there is one."""
        self._repository = repository
        self._compiler = Sparing(compiler)
        self._access = access
        self._clock = clock
        self._revision = revision
        self._push = push
        self._options = options
        self.stop = asyncio.Event()
        """Set it to have a pass begin nothing more."""
        self._job: Job | None = None
        self._branch: Recorded | None = None
        self._state = RecordedState()
        self._pruned: dict[ClusterName, int] = {}
        self._unrecorded: list[Done] = []
        self._texts = Memo()

    @property
    def settings(self) -> Settings:
        """Of the revision that is kept; the defaults before there is one."""
        return self._job.desired.settings if self._job is not None else Settings()

    @property
    def revision(self) -> str:
        """The id of the commit that is kept; empty before there is one."""
        return self._job.revision if self._job is not None else ""

    @property
    def changed(self) -> asyncio.Event:
        """Set when a member changed by another's hand."""
        return self._job.fleet.changed if self._job is not None else asyncio.Event()

    @property
    def pending(self) -> bool:
        """Whether there is something to record."""
        return self._branch is not None and (self._branch.outdated or self._state != self._branch.state)

    async def refresh(self) -> bool:
        """Looks at the repository; whether there is another revision. Raises ReconcilerError, and the last one stays."""
        await self._repository.fetch()
        commit = await self._repository.resolve(self._revision)
        if commit.sha == self.revision:
            return False
        desired = await load_revision(self._repository, commit, self._compiler)
        refuse_broken_configuration(desired)
        if self._branch is None or desired.settings.status_branch != self.settings.status_branch:
            await self._read_branch(desired.settings.status_branch)
        refuse_status_branch(
            commit, self._branch.commit if self._branch else None, desired.settings.status_branch, self._revision
        )
        before = self._job
        if before is None:
            refuse_missing_members(desired, self._state, self._access.member_root)
        fleet = connect(desired.clusters, self._access, desired.settings.instance, before.fleet if before else None)
        if before is None:
            self._job = Job(desired, commit.sha, fleet, self._compiler, self._clock, self._options, stop=self.stop)
        else:
            await before.fleet.close_but(fleet)
            self._job = replace(before, desired=desired, revision=commit.sha, fleet=fleet)
        self._pruned = {}
        return True

    async def reconcile(self) -> Pass:
        """One pass over the revision that is kept; there is one after the first `refresh` that worked."""
        assert self._job is not None  # noqa: S101 - the caller refreshed
        done = await run_pass(self._job, self._state, self._pruned)
        for name, count in pruned_so_far([done]).items():
            self._pruned[name] = self._pruned.get(name, 0) + count
        self._state = done.recorded
        if done.wrote:
            self._unrecorded.append(done.outcomes)
        return done

    async def record(self) -> str | None:
        """The id of the commit that holds what happened since the last one; None when that is nothing new.

        Raises ConflictError when somebody else recorded meanwhile: what they wrote is then what the next pass starts from.
        UnreachableError: it stays to be recorded.
        """
        if self._branch is None or not self.pending:
            return None
        name = self.settings.status_branch
        publish = self._push and REMOTE in await self._repository.remotes()
        message = commit_message(self.revision, self._unrecorded)
        try:
            written = await commit_recorded(
                self._repository, name, self._branch, self._state, message, self._clock(), publish=publish, memo=self._texts
            )
        except ConflictError:
            await self._read_branch(name)
            raise
        self._texts.next_pass()
        self._unrecorded.clear()
        self._branch = written or replace(self._branch, state=self._state)
        return written.commit if written is not None else None

    async def close(self) -> None:
        if self._job is not None:
            await self._job.fleet.close()

    async def _read_branch(self, name: str) -> None:
        if self._push:
            await self._repository.fetch_status(name)
        self._branch = await read_recorded(self._repository, name)
        self._state = self._branch.state
