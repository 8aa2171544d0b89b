"""A replica with a shard of the members: those with `syncMode: Push` that no other replica writes to.

The shard changes when a replica comes or goes. What leaves it is written to no more when `take` returns; what joins it waits for
the next fetch: the replica that wrote there before may have applied a decision that this process has not read yet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import replace

from reconciler.agent.follower import Follower, FollowerConfig
from reconciler.agent.scope import own_desired, own_state
from reconciler.model.cluster import Cluster
from reconciler.model.desired import DesiredState
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import RecordedState
from reconciler.model.sharding import Shard
from reconciler.passes.correction import Correction
from reconciler.passes.passes import Pass
from reconciler.passes.reconciliation import Reconciliation
from reconciler.repo.revision import Commit


class ShardController(Follower):
    """An async context manager, as its base."""

    def __init__(self, config: FollowerConfig, ending: asyncio.Event) -> None:
        """ending: set when the process is about to end."""
        super().__init__(config)
        self._ending = ending
        self._shards: tuple[Shard, ...] = ()
        self._fetched_for: tuple[Shard, ...] = ()
        """The shards when the last fetch began, and all since then: a member that left one of them waits for another fetch."""
        self._fetching_for: tuple[Shard, ...] = ()
        """The same of a fetch that goes on."""
        self._turn = asyncio.Lock()
        """Held by what works on the members of the shard, or changes which they are."""

    async def take(self, *shards: Shard) -> None:
        """From now on, the members that are in all of these shards are those of this process. Returns when nothing writes to the
        others any more. Members that are new wait for the next `fetch`."""
        leaving = [name for name in self._names if not _holds(shards, name)]
        if leaving:
            self.stop.set()  # A running pass begins nothing more.
        async with self._turn:
            if leaving and not self._ending.is_set():
                self.stop.clear()
            self._shards = shards
            self._fetched_for = _narrowed(self._fetched_for, shards)
            self._fetching_for = _narrowed(self._fetching_for, shards)
            if leaving := [name for name in self._names if not _holds(shards, name)]:
                await self._leave(leaving)

    @property
    def _names(self) -> list[ClusterName]:
        """The members that are written to."""
        return [one.name for one in self._reconciliation.desired.clusters] if self._reconciliation is not None else []

    async def fetch(self) -> None:
        self._fetching_for = self._shards
        await super().fetch()
        if self._fetching_for != self._fetched_for:
            self._fetched_for, self._adopted = self._fetching_for, ""

    async def adopt(self) -> bool:
        async with self._turn:
            return await super().adopt()

    async def revert(self) -> bool:
        async with self._turn:
            return await super().revert()

    async def reconcile(self) -> Pass:
        async with self._turn:
            return await super().reconcile()

    async def correct(self) -> Correction:
        async with self._turn:
            return await super().correct()

    def own_clusters(self, desired: DesiredState, recorded: RecordedState, commit: Commit) -> tuple[Cluster, ...]:
        """Perhaps none: there may be more replicas than members."""
        names = {one.name for one in desired.clusters if _holds(self._shards, one.name) and _holds(self._fetched_for, one.name)}
        return tuple(one for one in desired.clusters if not one.is_pulled and one.name in names)

    async def _leave(self, leaving: Collection[ClusterName]) -> None:
        assert self._reconciliation is not None  # noqa: S101 - it has the members that leave
        reconciliation = self._reconciliation = _without(self._reconciliation, leaving)
        fleet = await self._connections.to(reconciliation.desired.clusters, reconciliation.desired.settings.instance)
        if reconciliation.fleet.changed.is_set() or reconciliation.fleet.named.is_set():
            fleet.changed.set()  # Nothing else may ask for a pass soon: the remote may be away.
        self._reconciliation = replace(reconciliation, fleet=fleet)
        self._state = own_state(self._state, reconciliation.desired.clusters)
        if self._good is not None:
            self._good = _without(self._good, leaving)
            self._good_state = own_state(self._good_state, self._good.desired.clusters)
        for name in leaving:
            for known in (self._reports, self._pods, self._sent, self._replaces, self._refused_until, self._generations):
                known.pop(name, None)


def _holds(shards: Collection[Shard], name: ClusterName) -> bool:
    return bool(shards) and all(name in shard for shard in shards)


def _narrowed(shards: tuple[Shard, ...], taken: Collection[Shard]) -> tuple[Shard, ...]:
    """None of the members where there was no shard before."""
    return tuple(dict.fromkeys((*shards, *taken))) if shards else ()


def _without(reconciliation: Reconciliation, leaving: Collection[ClusterName]) -> Reconciliation:
    seen = {name: one for name, one in (reconciliation.seen or {}).items() if name not in leaving}
    kept = [one for one in reconciliation.desired.clusters if one.name not in leaving]
    return replace(reconciliation, desired=own_desired(reconciliation.desired, kept), seen=seen)
