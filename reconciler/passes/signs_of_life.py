"""Signs of life of a process that stays, where the Configuration asks for them (`model/sighting.py`)."""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime, timedelta

from reconciler.cluster.member_protocol import MemberClient
from reconciler.model.keys import ClusterName
from reconciler.model.settings import Settings
from reconciler.model.sighting import BRANCH, Sighting
from reconciler.passes.options import Clock
from reconciler.passes.passes import Pass
from reconciler.passes.reconciliation import Reconciliation
from reconciler.record.sighting_file import FILE, sighting_file
from reconciler.repo.client import Repository
from reconciler.repo.command import REMOTE
from reconciler.repo.commit_branch import Signature


class SignsOfLife:
    """Of one process."""

    def __init__(self, repository: Repository, clock: Clock, *, push: bool) -> None:
        self._repository = repository
        self._clock = clock
        self._push = push
        self._shown: datetime | None = None
        """When the last one was tried."""
        self._fetched = False

    def is_due(self, settings: Settings) -> bool:
        if settings.heartbeat is None:
            return False
        return self._shown is None or self._clock() - self._shown >= settings.heartbeat

    async def show(self, reconciliation: Reconciliation, done: Pass) -> None:
        """Replaces the sign. done: the last pass. Raises ReconcilerError; the next one is then due after a heartbeat, too."""
        settings = reconciliation.desired.settings
        now = self._shown = self._clock()
        publish = self._push and REMOTE in await self._repository.remotes()
        if publish and not self._fetched:
            await self._repository.fetch_branches(BRANCH)
            self._fetched = True
        sighting = Sighting(now, _longest(settings), watched_members(reconciliation, done), reconciliation.revision)
        by = Signature.of_program(now)
        changes = {FILE: sighting_file(sighting)}
        message = f"seen {len(sighting.watched)} members at {reconciliation.revision[:12]}"
        self._fetched = False  # Where it is refused, somebody else may have written it.
        await self._repository.replace_branch(BRANCH, parent=None, changes=changes, message=message, by=by, publish=publish)
        self._fetched = True


def watched_members(reconciliation: Reconciliation, done: Pass) -> frozenset[ClusterName]:
    """The members that the last pass could read, and of which every change since then was told."""
    return frozenset(
        name for name, client in reconciliation.fleet.clients.items() if _is_seen(name, client, done.plans, done.unreadable)
    )


def _is_seen(name: ClusterName, client: MemberClient, plans: Container[ClusterName], unreadable: Container[ClusterName]) -> bool:
    return name in plans and name not in unreadable and client.is_watched


def _longest(settings: Settings) -> timedelta:
    """Signs are shown after polls, which may be rarer."""
    assert settings.heartbeat is not None  # noqa: S101 - else none is due
    return max(settings.heartbeat, settings.interval)
