"""Asks the registries at an interval, and commits what ImagePolicies choose: one commit for a scan, by the leader alone.

The commit has the commit that was read as its parent. Where somebody pushed meanwhile, it is refused, and the next scan plans
again.
"""

from __future__ import annotations

import asyncio
import hashlib
from datetime import timedelta

from reconciler.daemon.failover_proposals import Propose
from reconciler.daemon.log import ErrorLog, Log
from reconciler.edit.image_updates import ImagePlan, Registry, plan_image_updates
from reconciler.model.image_policy import ImagePolicy, ImageUpdateMode
from reconciler.model.issues import Issue
from reconciler.notify.proposed_pull_request import PullRequest, marker_of
from reconciler.passes.controller import Controller
from reconciler.passes.options import Clock
from reconciler.present.images import image_text
from reconciler.repo.client import Repository
from reconciler.repo.command import REMOTE
from reconciler.repo.commit_branch import Signature
from reconciler.repo.failures import ConflictError

BRANCH = "reconciler/images"
"""Where newer images are proposed."""
_LOOK = 5.0
"""Seconds between looks at whether a scan is due."""


class ImageUpdates:
    def __init__(
        self,
        repository: Repository,
        registry: Registry,
        clock: Clock,
        *,
        push: bool,
        controller: Controller,
        propose: Propose = lambda wanted: None,
        base: str = "HEAD",
    ) -> None:
        """push: whether branches are pushed to the remote, where there is one. controller: knows the revision in force
        and the branch that is followed. propose: keeps the pull request. base: the branch, as the command line names it."""
        self._repository, self._registry, self._clock, self._push = repository, registry, clock, push
        self._controller, self._propose = controller, propose
        self._base = "" if base == "HEAD" else base
        self._scanned: tuple[ImageUpdateMode, tuple[ImagePolicy, ...]] | None = None
        self._due = clock()
        self._proposed = False
        self._told: frozenset[Issue] = frozenset()
        """The issues of the last scan."""

    async def run(self, log: Log) -> None:
        """Scans whenever a scan is due, until it is cancelled."""
        errors, trouble = ErrorLog(log), ""
        while True:
            if self.is_due:
                try:
                    await self.scan(log)
                    trouble = ""
                except Exception as problem:
                    trouble = errors.add_news("cannot update images", problem, trouble)
            await asyncio.sleep(_LOOK)

    @property
    def is_due(self) -> bool:
        """At the interval, and at once after an edit of the policies or of the mode."""
        desired = self._controller.desired
        if desired is None:
            return False
        settings, policies = desired.settings, desired.image_policies
        if settings.image_updates is ImageUpdateMode.OFF or not policies:
            self._scanned = None
            return self._proposed
        return self._clock() >= self._due or self._scanned != (settings.image_updates, policies)

    async def scan(self, log: Log) -> None:
        """One scan, and its commit. Raises ReconcilerError."""
        desired, revision = self._controller.desired, self._controller.revision
        if desired is None:
            return
        settings = desired.settings
        self._due = self._clock() + max(settings.image_interval, timedelta(seconds=1))
        self._scanned = (settings.image_updates, desired.image_policies)
        if settings.image_updates is ImageUpdateMode.OFF or not desired.image_policies:
            self._propose_nothing()
            return
        commit = await self._repository.resolve(revision)
        plan = await plan_image_updates(self._repository, commit, desired, self._registry)
        for issue in plan.issues:
            if issue not in self._told:
                log.warning("image not updated", place=str(issue.origin), reason=issue.message, remedy=issue.remedy)
        self._told = frozenset(plan.issues)
        if not plan.changes:
            self._propose_nothing()
        elif settings.image_updates is ImageUpdateMode.COMMIT:
            await self._commit(commit.sha, plan, log)
            self._propose_nothing()
        else:
            await self._commit_proposal(commit.sha, plan, log)

    def _propose_nothing(self) -> None:
        self._propose(PullRequest(BRANCH, self._base))
        self._proposed = False

    async def _commit(self, parent: str, plan: ImagePlan, log: Log) -> None:
        branch, changes = self._controller.branch, _contents(plan)
        try:
            commit = await self._repository.commit_files(
                branch, parent=parent, changes=changes, message=plan.message, by=self._by, publish=await self._publishes()
            )
        except ConflictError:
            log.info("images not updated yet: the branch has newer commits", branch=branch)
            self._scanned = None
            return
        log.info("images updated", branch=branch, commit=commit, files=sorted(changes))

    async def _commit_proposal(self, parent: str, plan: ImagePlan, log: Log) -> None:
        changes, publish = _contents(plan), await self._publishes()
        _, there = await self._repository.read_branch_files(BRANCH)
        if not (there and all(there.get(path) == content for path, content in changes.items())):
            commit = await self._repository.replace_branch(
                BRANCH, parent=parent, changes=changes, message=plan.message, by=self._by, publish=publish
            )
            remedy = "Merge the branch to use the newer images."
            log.info("newer images proposed", branch=BRANCH, commit=commit, files=sorted(changes), remedy=remedy)
        self._proposed = True
        if publish:
            cause = _cause(plan)
            title, text = plan.message.partition("\n")[0], image_text(plan, marker_of(cause))
            self._propose(PullRequest(BRANCH, self._base, cause, title, text))

    async def _publishes(self) -> bool:
        return self._push and REMOTE in await self._repository.remotes()

    @property
    def _by(self) -> Signature:
        return Signature("reconciler", "reconciler@localhost", self._clock())


def _contents(plan: ImagePlan) -> dict[str, bytes | None]:
    return {path: text.encode() for path, text in plan.changes.items()}


def _cause(plan: ImagePlan) -> str:
    """Another word where other values are proposed."""
    values = sorted((str(update.marker.ref), update.value) for update in plan.updates)
    return hashlib.sha256(repr(values).encode()).hexdigest()[:16]
