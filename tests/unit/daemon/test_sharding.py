"""Replicas that come, go, hang and die: no member ever has two writers, and each one has a writer again soon after."""

from __future__ import annotations

import asyncio
import io
import json
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconciler.daemon.leader_election import LostLeaseError, Timing
from reconciler.daemon.log import logger
from reconciler.daemon.sharding import Membership, as_replica
from reconciler.errors import ReconcilerError, TemporaryError
from reconciler.model.keys import ClusterName
from reconciler.model.sharding import Replica, ReplicaLease, Shard, View, owner
from tests.support.virtual_time import VirtualTimeLoop, in_virtual_time

TIMING = Timing(10)
MEMBERS = [ClusterName(f"m{number}") for number in range(20)]
TAKEOVER = 15.0
"""Seconds after which a fleet whose replicas changed is shared again: a duration, the looks of those that are left, a pass."""


@dataclass
class Store:
    """Leases in memory. Each request takes a moment before it has its effect, and another one before its answer."""

    leases: dict[Replica, ReplicaLease] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: count(1))
    refusal: ReconcilerError | None = None

    place = "the Leases"

    async def read(self) -> list[ReplicaLease]:
        async with Latency(self):
            return list(self.leases.values())

    async def create(self, replica: Replica, seconds: float) -> None:
        async with Latency(self):
            number = str(next(self.numbers))
            self.leases[replica] = ReplicaLease(replica, frozenset(), seconds, number, number)

    async def renew(self, replica: Replica, view: View) -> bool:
        async with Latency(self):
            if replica not in self.leases:
                return False
            number = str(next(self.numbers))
            self.leases[replica] = replace(self.leases[replica], view=view, renewal=number, version=number)
        return True

    async def request_fetch(self, replicas: Any) -> None:
        async with Latency(self):
            for replica in replicas:
                number = str(next(self.numbers))
                if replica in self.leases:
                    self.leases[replica] = replace(self.leases[replica], requested=number, version=number)

    async def delete(self, replica: Replica, version: str = "") -> None:
        async with Latency(self):
            found = self.leases.get(replica)
            if found is not None and version in ("", found.version):
                del self.leases[replica]


@dataclass
class Latency:
    store: Store

    async def __aenter__(self) -> None:
        await asyncio.sleep(0.03)
        if self.store.refusal is not None:
            raise self.store.refusal

    async def __aexit__(self, *_: object) -> None:
        await asyncio.sleep(0.02)


@dataclass
class Cut:
    """The way of one replica to the store, which can be cut."""

    store: Store
    is_cut: bool = False

    def __getattr__(self, name: str) -> Any:
        if self.is_cut and name != "place":
            return self._fail
        return getattr(self.store, name)

    async def _fail(self, *_: object) -> Any:
        await asyncio.sleep(0.1)
        raise TemporaryError("the server does not answer")


class Leader:
    place = "the lease"

    def __init__(self) -> None:
        self.requests = 0

    async def read(self) -> None: ...

    async def write(self, *_: object) -> None: ...

    async def request_fetch(self) -> bool:
        self.requests += 1
        return True


class Process:
    """A replica that begins to write when it has fetched, and needs a while to end a pass."""

    def __init__(self, world: World, name: str, pass_seconds: float = 1.0) -> None:
        store, self.world = world.store, world
        self.log, self.store, self.leader = io.StringIO(), Cut(store), Leader()
        self.leads, self.fetches = False, 0
        self.stop, self.writes, self.pass_seconds = asyncio.Event(), set[ClusterName](), pass_seconds
        self.membership = Membership(
            self.store,
            TIMING,
            logger(as_json=True, to=self.log),
            self.take,
            self.fetch_soon,
            self.leader,
            lambda: self.leads,
            Replica(name),
        )
        self.shards: tuple[Shard, ...] = ()
        self.is_stubborn = False
        """Whether its work ends long after it was told to."""
        self.task = asyncio.create_task(as_replica(self.membership, self.work, self.stop))

    async def work(self) -> None:
        try:
            await self.stop.wait()
            if self.is_stubborn:
                await asyncio.sleep(30)
        finally:
            self.writes = set()

    async def take(self, *shards: Shard) -> None:
        if any(not all(name in shard for shard in shards) for name in self.writes):
            await asyncio.sleep(self.pass_seconds)
            self.writes = {name for name in self.writes if all(name in shard for shard in shards)}
        self.shards = shards

    def fetch_soon(self) -> None:
        self.fetches += 1
        if not self.stop.is_set():
            self.writes = {name for name in MEMBERS if all(name in shard for shard in self.shards)}
            others = {name for one in self.world.processes if one is not self for name in one.writes}
            assert not self.writes & others, "no member has two writers"

    async def kill(self) -> None:
        """Without any last word."""
        self.store.is_cut = True
        self.task.cancel()
        self.writes = set()
        await asyncio.gather(self.task, return_exceptions=True)

    @property
    def lives(self) -> bool:
        return not self.task.done() and not self.store.is_cut


class World:
    def __init__(self) -> None:
        self.store, self.processes, self.names = Store(), list[Process](), count(1)

    def start(self, pass_seconds: float = 1.0) -> Process:
        process = Process(self, f"replica-{next(self.names)}", pass_seconds)
        self.processes.append(process)
        return process

    @property
    def living(self) -> list[Process]:
        return [one for one in self.processes if one.lives]

    def is_shared(self) -> bool:
        """Whether each member has the writer that it is to have."""
        replicas = [one.membership.replica for one in self.living]
        return all(
            one.writes == {name for name in MEMBERS if owner(name, replicas) == one.membership.replica} for one in self.living
        )

    async def end(self) -> None:
        for one in self.processes:
            one.stop.set()
        ended = await asyncio.gather(*(one.task for one in self.processes), return_exceptions=True)
        assert all(isinstance(one, LostLeaseError | asyncio.CancelledError | None) for one in ended), ended


@in_virtual_time
async def test_members_are_shared_and_only_those_of_who_comes_or_goes_move() -> None:
    world = World()
    for _ in range(2):
        world.start()
    await asyncio.sleep(TAKEOVER)
    assert world.is_shared()
    assert all(one.writes for one in world.living)
    before = {name: one.membership.replica for one in world.living for name in one.writes}

    third = world.start()
    await asyncio.sleep(6)
    assert world.is_shared()
    after = {name: one.membership.replica for one in world.living for name in one.writes}
    assert {name for name in MEMBERS if before[name] != after[name]} == third.writes
    assert third.writes

    third.stop.set()
    await asyncio.sleep(6)
    assert {name: one.membership.replica for one in world.living for name in one.writes} == before
    assert third.membership.replica not in world.store.leases, "who ends properly takes its Lease along"
    await world.end()


@in_virtual_time
async def test_the_members_of_a_replica_that_was_killed_are_taken_over_when_its_lease_has_expired() -> None:
    world = World()
    processes = [world.start() for _ in range(3)]
    await asyncio.sleep(TAKEOVER)
    orphans = set(processes[0].writes)
    await processes[0].kill()
    await asyncio.sleep(TIMING.lease - TIMING.retry - 1)
    assert not orphans & (processes[1].writes | processes[2].writes)
    await asyncio.sleep(TAKEOVER - TIMING.lease + TIMING.retry + 1)
    assert world.is_shared()
    await asyncio.sleep(61 * TIMING.lease)
    assert processes[0].membership.replica not in world.store.leases, "what nobody renews is deleted"
    await world.end()


@pytest.mark.parametrize("is_stubborn", [False, True])
@in_virtual_time
async def test_a_replica_that_cannot_renew_stops_before_others_take_its_members(is_stubborn: bool) -> None:
    world = World()
    cut, other = world.start(), world.start()
    await asyncio.sleep(TAKEOVER)
    cut.is_stubborn = is_stubborn
    cut.store.is_cut = True
    await asyncio.sleep(TAKEOVER)
    assert world.is_shared()
    assert other.writes == set(MEMBERS)
    with pytest.raises(LostLeaseError, match="could not be renewed for 7 s"):
        await cut.task
    await world.end()


@in_virtual_time
async def test_a_replica_whose_lease_was_deleted_stops() -> None:
    world = World()
    one = world.start()
    await asyncio.sleep(TAKEOVER)
    world.store.leases.clear()
    with pytest.raises(LostLeaseError, match="somebody deleted"):
        await one.task
    assert not one.writes


@in_virtual_time
async def test_a_member_waits_for_the_pass_of_the_replica_before() -> None:
    world = World()
    slow = world.start(pass_seconds=40.0)
    await asyncio.sleep(TAKEOVER)
    new = world.start()
    await asyncio.sleep(30)
    assert not new.writes, "the pass goes on, and so do the renewals"
    await asyncio.sleep(20)
    assert new.writes
    assert slow.writes
    await world.end()


@in_virtual_time
async def test_a_replica_that_is_told_to_end_finishes_its_work_and_keeps_its_members_until_then() -> None:
    world = World()
    ending, other = world.start(), world.start()
    await asyncio.sleep(TAKEOVER)
    ending.is_stubborn, owned = True, set(ending.writes)
    ending.stop.set()
    await asyncio.sleep(29)
    assert ending.writes == owned
    await asyncio.sleep(6)
    assert other.writes == set(MEMBERS)
    await world.end()


@in_virtual_time
async def test_a_missing_permission_is_reported_at_once_and_an_outage_is_waited_for() -> None:
    world = World()
    world.store.refusal = ReconcilerError("leases is forbidden")
    with pytest.raises(ReconcilerError, match="forbidden"):
        await world.start().task
    world.processes.clear()
    world.store.refusal = TemporaryError("the server does not answer")
    one = world.start()
    await asyncio.sleep(60)
    world.store.refusal = None
    await asyncio.sleep(TAKEOVER)
    assert one.writes == set(MEMBERS)
    assert [line["event"] for line in map(json.loads, one.log.getvalue().splitlines())] == ["sharding", "shard"]
    await world.end()


@in_virtual_time
async def test_who_pushed_tells_those_who_are_to_read() -> None:
    world = World()
    leader, other = world.start(), world.start()
    await asyncio.sleep(TAKEOVER)
    leader.leads = True
    fetches = [leader.fetches, other.fetches]
    leader.membership.tell()
    await asyncio.sleep(3)
    assert [leader.fetches, other.fetches] == [fetches[0], fetches[1] + 1]
    other.membership.tell()
    await asyncio.sleep(3)
    assert (leader.leader.requests, other.leader.requests) == (0, 1)
    await world.end()


@pytest.mark.parametrize("is_unreadable", [False, True])
@in_virtual_time
async def test_news_that_cannot_be_spread_wait_and_hold_up_nothing(is_unreadable: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server in a pause is refused without a request (`cluster/member_backoff.py`), so that nothing gives way to the loop."""
    world = World()
    leader, other = world.start(), world.start()
    await asyncio.sleep(TAKEOVER)
    leader.leads, attempts = True, 0
    fetches = other.fetches

    async def refuse(*_: object) -> Any:
        nonlocal attempts
        attempts += 1
        assert attempts < 50, "no attempt without a pause"
        raise TemporaryError("the server does not answer")

    with monkeypatch.context() as broken:
        broken.setattr(Store, "read" if is_unreadable else "request_fetch", refuse)
        leader.membership.tell()
        await asyncio.sleep(TIMING.retry * 3)
    assert attempts >= 2
    await asyncio.sleep(TIMING.retry * 3)
    assert other.fetches == fetches + 1
    assert all(not one.task.done() for one in world.processes)
    await world.end()


EVENTS = st.lists(
    st.tuples(st.sampled_from(["start", "kill", "stop", "cut"]), st.integers(0, 5), st.floats(0.0, 12.0)), max_size=12
)


@example([("start", 0, 0.5), ("start", 0, 0.0), ("stop", 0, 2.0), ("start", 0, 0.0)], 1.0)  # One comes while another gives up.
@given(EVENTS, st.sampled_from([0.0, 1.0, 9.0]))
@settings(max_examples=60)
def test_whatever_happens_to_replicas(events: list[tuple[str, int, float]], pass_seconds: float) -> None:
    async def run() -> None:
        world = World()
        world.start(pass_seconds)
        for event, which, seconds in events:
            if event == "start" or not world.living:
                world.start(pass_seconds)
            else:
                one = world.living[which % len(world.living)]
                if event == "kill":
                    await one.kill()
                elif event == "stop":
                    one.stop.set()
                else:
                    one.store.is_cut = True
            await asyncio.sleep(seconds)
        await asyncio.sleep(2 * TAKEOVER + 4 * pass_seconds)
        assert world.is_shared()
        await world.end()

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(run())
