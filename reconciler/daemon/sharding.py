"""Which members this process writes to, as one of several replicas.

Each replica renews a Lease of its own. Those that are renewed in time are alive, by the clock of who looks (as in
`leader_election.py`). Each replica says in its Lease which replicas it knows of, and by that which members it claims
(`model/sharding.py`). When somebody comes or goes, it proceeds in this order:

1. It gives up the members that it claims no more, and waits until nothing writes to them.
2. It says which replicas it knows of now.
3. It reads what the others say, and takes the members that it claims and nobody else does.

So of two replicas that claim the same member, at least one sees the other's claim before it begins, whatever each of them knows
of the rest. A replica that could not renew its Lease for `renew_deadline` stops, which is before others take it for dead.

Where the Leases are, is no matter of this module: see `cluster/replica_leases.py`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from reconciler.daemon.leader_election import LeaseStore, LostLeaseError, Timing, identity
from reconciler.daemon.log import Log
from reconciler.daemon.waiting import done_before, done_while
from reconciler.errors import ReconcilerError
from reconciler.model.sharding import Replica, ReplicaLease, Shard, View

_ABANDONED = 60
"""After how many durations a Lease that nobody renews is deleted."""


class ReplicaStore(Protocol):
    """The place of the Leases."""

    place: str
    """For messages."""

    async def read(self) -> list[ReplicaLease]:
        """Of all replicas. Raises ReconcilerError."""

    async def create(self, replica: Replica, seconds: float) -> None:
        """That of a replica that knows of nobody yet. Raises ReconcilerError."""

    async def renew(self, replica: Replica, view: View) -> bool:
        """False where there is no such Lease any more. Raises ReconcilerError."""

    async def request_fetch(self, replicas: Collection[Replica]) -> None:
        """Requests that these read the repository. Raises ReconcilerError."""

    async def delete(self, replica: Replica, version: str = "") -> None:
        """version: which must be the last one; empty: whatever it is. Raises ReconcilerError."""


@dataclass(slots=True)
class Membership:
    """One process among the replicas."""

    store: ReplicaStore
    timing: Timing
    log: Log
    take: Callable[..., Awaitable[None]]
    """Takes the members that are in all of the Shards which are its arguments; returns when nothing writes to any other."""
    fetch_soon: Callable[[], None]
    """Called after the shard changed, and when another process requests to read the repository."""
    leader: LeaseStore
    """What the leader is asked by."""
    leads: Callable[[], bool]
    """Whether the leader is this process."""
    replica: Replica = field(default_factory=lambda: Replica(identity()))
    _view: View = frozenset()
    """The replicas that it knows of, as it says in public."""
    _taken: tuple[Shard, ...] = field(init=False)
    """The arguments of the last `take`."""
    _seen: dict[Replica, tuple[ReplicaLease, float]] = field(default_factory=dict)
    """Each Lease as it was seen last, and when its last renewal was seen for the first time, by the monotonic clock."""
    _written_at: float = 0.0
    """When the write began that renewed the own Lease last, by the monotonic clock: others may count from then on."""
    _saying: asyncio.Lock = field(default_factory=asyncio.Lock)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _told: str = ""
    """The problem that was logged last."""

    def __post_init__(self) -> None:
        self._taken = (Shard(self.replica),)

    def tell(self) -> None:
        """This process pushed something: a decision, which the other replicas are to read, or reports, which the leader is."""
        self._news.set()

    async def join(self) -> None:
        """Returns when the others can know of this replica. Raises ReconcilerError where another attempt cannot succeed, such as
        for a missing permission."""
        while True:
            began = _now()
            try:
                async with asyncio.timeout(self.timing.renew_deadline):
                    await self.store.create(self.replica, self.timing.lease)
            except TimeoutError:
                self._tell_problem(f"{self.store.place} do not answer")
            except ReconcilerError as error:
                if not error.temporary:
                    raise
                self._tell_problem(error.message, error.remedy)
            else:
                self._written_at = began
                return
            await asyncio.sleep(self._pause())

    async def renew(self) -> None:
        """Renews the Lease for as long as it can. Ends by LostLeaseError."""
        while True:
            try:
                async with asyncio.timeout_at(self._written_at + self.timing.renew_deadline):
                    await asyncio.sleep(self._pause())
                    await self._say()
            except TimeoutError as error:
                raise self._lost(f"that of this process could not be renewed for {self.timing.renew_deadline:g} s") from error

    async def follow(self) -> None:
        """Takes its share again and again. Never ends by itself. Raises LostLeaseError."""
        has_news = False
        while True:
            # An event that stays set while the server refuses would make the pause below none, and hold up the event loop.
            has_news = has_news or self._news.is_set()
            self._news.clear()
            try:
                await self._look()
                if has_news:
                    await self._spread()
                    has_news = False
                await self._delete_abandoned()
                self._told = ""
            except LostLeaseError:
                raise
            except ReconcilerError as error:
                self._tell_problem(error.message, error.remedy)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause()):
                    await self._news.wait()

    async def leave(self) -> None:
        """Lets the others take the members at once. Where that fails, they wait until the Lease has expired."""
        with suppress(ReconcilerError, TimeoutError):
            async with asyncio.timeout(self.timing.retry):
                await self.store.delete(self.replica)

    async def _look(self) -> None:
        self._see(await self.store.read())
        view = self._alive()
        if view != self._view:
            await self._take(*self._taken, Shard(self.replica, view))
            self._view = view
            await self._say()
            self._see(await self.store.read())
        if self.replica not in self._seen or self._seen[self.replica][0].view != view:
            return
        # Also who came since: it did not see this claim when it took its members.
        heard = (view | self._alive()) - {self.replica}
        others = frozenset((one.replica, one.view) for one, _ in self._seen.values() if one.replica in heard)
        shard = Shard(self.replica, view, others)
        if self._taken != (shard,):
            await self._take(shard)
            self.fetch_soon()
            self.log.info("shard", replicas=sorted(view), replica=self.replica)

    async def _take(self, *shards: Shard) -> None:
        await self.take(*shards)
        self._taken = shards

    async def _say(self) -> None:
        """Until it succeeds. Raises LostLeaseError."""
        async with self._saying:  # A write of the view before would otherwise arrive after this one.
            while True:
                began = _now()
                try:
                    renewed = await self.store.renew(self.replica, self._view)
                except ReconcilerError as error:
                    self._tell_problem(error.message, error.remedy)
                    await asyncio.sleep(self._pause())
                    continue
                if not renewed:
                    raise self._lost("somebody deleted that of this process")
                self._written_at = began
                return

    def _lost(self, why: str) -> LostLeaseError:
        return LostLeaseError(f"{self.store.place}: {why}", remedy="Others may write to its members now. This one stops.")

    def _see(self, leases: Collection[ReplicaLease]) -> None:
        before, self._seen = self._seen, {}
        for lease in leases:
            last, since = before.get(lease.replica, (None, 0.0))
            if last is None or last.renewal != lease.renewal:
                since = _now()
            self._seen[lease.replica] = lease, since
            if lease.replica == self.replica and last is not None and last.requested != lease.requested:
                self.fetch_soon()

    def _alive(self) -> View:
        alive = {name for name, (lease, since) in self._seen.items() if _now() - since <= lease.seconds}
        return frozenset(alive | {self.replica})

    async def _spread(self) -> None:
        """Tells those whom it concerns that there is something to read."""
        if self.leads():
            await self.store.request_fetch(self._view - {self.replica})
        else:
            await self.leader.request_fetch()

    async def _delete_abandoned(self) -> None:
        for lease, since in list(self._seen.values()):
            if _now() - since > _ABANDONED * lease.seconds:
                await self.store.delete(lease.replica, lease.version)

    def _pause(self) -> float:
        """With jitter, so that replicas do not ask together."""
        return self.timing.retry * random.uniform(0.8, 1.0)  # noqa: S311 - no secret

    def _tell_problem(self, problem: str, remedy: str = "") -> None:
        """Once for as long as the problem stays the same."""
        if self._told != problem:
            self._told = problem
            self.log.warning("sharding", error=problem, remedy=remedy)


async def as_replica(membership: Membership, work: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Works as one of the replicas until `stop` is set, which ends the work. When others may take its members, the work is
    cancelled (`done_while`).

    Raises LostLeaseError after the work has ended, and what `Membership.join` raises.
    """
    if not await done_before(stop, membership.join()):
        return
    try:
        await done_while([membership.renew(), membership.follow()], work(), stop)
    finally:
        await membership.leave()


def _now() -> float:
    return asyncio.get_running_loop().time()
