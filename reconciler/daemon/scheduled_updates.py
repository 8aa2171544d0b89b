"""Looks at an interval for what is newer elsewhere, and commits or proposes it: one commit for a scan, by the leader alone.

The commit has the commit that was read as its parent. Where somebody pushed meanwhile, it is refused, and the next scan plans
again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from reconciler.daemon.branch_writer import keep_proposed
from reconciler.daemon.failover_proposals import Propose
from reconciler.daemon.log import ErrorLog, Log
from reconciler.model.desired import DesiredState
from reconciler.model.image_policy import UpdateMode, UpdateSettings
from reconciler.model.issues import Issue
from reconciler.notify.proposed_pull_request import PullRequest, marker_of
from reconciler.passes.controller import Controller
from reconciler.passes.options import Clock
from reconciler.repo.client import Repository
from reconciler.repo.command import REMOTE
from reconciler.repo.commit_branch import Signature
from reconciler.repo.failures import ConflictError
from reconciler.repo.revision import Commit

_LOOK = 1.0
"""Seconds between looks at whether a scan is due."""
_SHORTEST = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Found:
    """What a scan found."""

    changes: Mapping[str, bytes | None]
    """Path → new content; None for a file that goes. Empty where nothing is newer."""
    message: str = ""
    """Of the commit."""
    cause: str = ""
    """Another word where something else is proposed."""
    page: Callable[[str], str] = str
    """The Markdown of a pull request, with a first line."""
    issues: tuple[Issue, ...] = ()


class Finder(Protocol):
    """What is looked for."""

    @property
    def name(self) -> str:
        """In the log, and after `reconciler/` the branch of proposals."""

    def settings(self, desired: DesiredState) -> UpdateSettings:
        """What the Configuration says."""

    def subject(self, desired: DesiredState) -> object:
        """What it is about; an edit of that begins a scan at once. Falsy where there is nothing to look for."""

    async def find(self, commit: Commit, desired: DesiredState) -> Found:
        """Raises ReconcilerError."""


class ScheduledUpdates:
    def __init__(
        self,
        finder: Finder,
        repository: Repository,
        clock: Clock,
        *,
        push: bool,
        controller: Controller,
        propose: Propose = lambda wanted: None,
        committed: Callable[[], None] = lambda: None,
        base: str = "HEAD",
    ) -> None:
        """push: whether branches are pushed to the remote, where there is one. controller: knows the revision in force and the
        branch that is followed. propose: keeps the pull request. committed: called after a commit on that branch. base: the
        branch, as the command line names it."""
        self._finder, self._repository, self._clock, self._push = finder, repository, clock, push
        self._controller, self._propose, self._committed = controller, propose, committed
        self._base = "" if base == "HEAD" else base
        self._scanned: tuple[UpdateMode, object] | None = None
        self._due = clock()
        self._proposed = False
        self._told: frozenset[Issue] = frozenset()
        """The issues of the last scan."""

    @property
    def _branch(self) -> str:
        """Where something newer is proposed."""
        return f"reconciler/{self._finder.name}"

    def soon(self) -> None:
        """Makes a scan due."""
        self._due = self._clock()

    async def run(self, log: Log) -> None:
        """Scans whenever a scan is due, until it is cancelled."""
        errors, trouble = ErrorLog(log), ""
        while True:
            if self.is_due:
                try:
                    await self.scan(log)
                    trouble = ""
                except Exception as problem:
                    trouble = errors.add_news(f"cannot update {self._finder.name}", problem, trouble)
            await asyncio.sleep(_LOOK)

    @property
    def is_due(self) -> bool:
        """At the interval, and at once after an edit of what it is about or of the mode."""
        desired = self._controller.desired
        if desired is None:
            return False
        mode, subject = self._finder.settings(desired).mode, self._finder.subject(desired)
        if mode is UpdateMode.OFF or not subject:
            self._scanned = None
            return self._proposed
        return self._clock() >= self._due or self._scanned != (mode, subject)

    async def scan(self, log: Log) -> None:
        """One scan, and its commit. Raises ReconcilerError."""
        desired, revision = self._controller.desired, self._controller.revision
        if desired is None:
            return
        settings, subject = self._finder.settings(desired), self._finder.subject(desired)
        self._due = self._clock() + max(settings.interval, _SHORTEST)
        self._scanned = (settings.mode, subject)
        if settings.mode is UpdateMode.OFF or not subject:
            self._propose_nothing()
            return
        commit = await self._repository.resolve(revision)
        found = await self._finder.find(commit, desired)
        for issue in found.issues:
            if issue not in self._told:
                log.warning("not updated", place=str(issue.origin), reason=issue.message, remedy=issue.remedy)
        self._told = frozenset(found.issues)
        if found.changes and settings.mode is UpdateMode.PROPOSE:
            await self._commit_proposal(commit.sha, found, log)
            return
        if found.changes:
            await self._commit(commit.sha, found, log)
        self._propose_nothing()

    def _propose_nothing(self) -> None:
        self._propose(PullRequest(self._branch, self._base))
        self._proposed = False

    async def _commit(self, parent: str, found: Found, log: Log) -> None:
        branch = self._controller.branch
        try:
            commit = await self._repository.commit_files(
                branch, parent=parent, changes=found.changes, message=found.message, by=self._by, publish=await self._publishes()
            )
        except ConflictError:
            log.info("not updated yet: the branch has newer commits", branch=branch, what=self._finder.name)
            self._scanned = None
            return
        log.info("updated", what=self._finder.name, branch=branch, commit=commit, files=sorted(found.changes))
        self._committed()

    async def _commit_proposal(self, parent: str, found: Found, log: Log) -> None:
        publish = await self._publishes()
        commit = await keep_proposed(
            self._repository,
            self._branch,
            parent=parent,
            changes=found.changes,
            message=found.message,
            by=self._by,
            publish=publish,
        )
        if commit is not None:
            remedy = "Merge the branch to use what is newer."
            log.info("update proposed", what=self._finder.name, branch=self._branch, commit=commit, remedy=remedy)
        self._proposed = True
        if publish:
            title, text = found.message.partition("\n")[0], found.page(marker_of(found.cause))
            self._propose(PullRequest(self._branch, self._base, found.cause, title, text))

    async def _publishes(self) -> bool:
        return self._push and REMOTE in await self._repository.remotes()

    @property
    def _by(self) -> Signature:
        return Signature.of_program(self._clock())
