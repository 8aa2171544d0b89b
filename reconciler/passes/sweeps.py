"""When members are searched for objects of ours of kinds that nothing wants there (`cluster/sweep.py`), with a request for each
kind.

Without a record, and before anything is removed, at once. A process that stays and that has a record makes its first pass
without, and searches afterwards, a few members at a time: such objects exist only where a process was killed between a write and
the record of it, and they lose nothing by a wait of minutes. What a search finds, the next pass removes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress

from reconciler.cluster.concurrency import at_most
from reconciler.cluster.member_protocol import MemberClient, MemberError
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.recorded import RecordedState
from reconciler.pipeline.compiled import Compiled
from reconciler.record.rebuild import is_lost, unread_members

_AT_ONCE = 4
_PAUSE = 1.0
"""Seconds after each member, so that a thousand of them take some ten minutes and a tenth of a core."""


def may_wait(recorded: RecordedState) -> set[ClusterName]:
    """The members of which the record knows what was applied."""
    return set() if is_lost(recorded) else {name for name, cluster in recorded.clusters.items() if cluster.read}


def other_servers(recorded: RecordedState, now: RecordedState) -> set[ClusterName]:
    """The members that may not be the API servers of which the record knows. now: with what the members serve now."""
    before = recorded.clusters
    return {name for name, cluster in now.clusters.items() if name not in before or cluster.id != before[name].id}


def must_not_wait(compiled: Compiled) -> set[ClusterName]:
    """The members that hold by the record what is not written there now, and those of which it knows nothing."""
    found = {*unread_members(compiled)}
    for key, decision in compiled.recorded.decisions.items():
        item = compiled.templates.get(key)
        if item is None or not item.template.is_expanded:
            found |= decision.holders(compiled.recorded.report_of(key)) - _written(compiled, key)
    for key in compiled.recorded.reports.keys() - compiled.recorded.decisions.keys():
        found |= compiled.recorded.report_of(key).clusters - _written(compiled, key)
    return found


def _written(compiled: Compiled, key: ResourceKey) -> set[ClusterName]:
    item = compiled.templates.get(key)
    return set(item.written.manifests) if item is not None else set()


class LaterSweeps:
    """Those of one process. They end with `close`."""

    def __init__(self, clients: Callable[[], Mapping[ClusterName, MemberClient]]) -> None:
        """clients: the connections of the revision in force."""
        self._clients = clients
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Call it after a pass."""
        if (self._task is None or self._task.done()) and any(client.owes_sweep for client in self._clients().values()):
            self._task = asyncio.create_task(self._run(), name="sweeps")

    async def _run(self) -> None:
        while owing := [client for client in self._clients().values() if client.owes_sweep]:
            await at_most([_sweep(client) for client in owing], _AT_ONCE)

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)


async def _sweep(client: MemberClient) -> None:
    if client.owes_sweep:  # A pass may have needed it in the meantime, or a new revision closed the connection.
        with suppress(MemberError):  # The next look tries it again, and reports it.
            await client.sweep()
        await asyncio.sleep(_PAUSE)
