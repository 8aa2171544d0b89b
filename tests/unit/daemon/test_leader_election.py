"""Who leads: one of several processes at any moment, and another one soon after it ended in whatever way."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from reconciler.daemon.leader_election import Election, LostLeaseError, Timing, as_leader
from reconciler.daemon.log import logger
from reconciler.daemon.metrics import Metrics
from reconciler.errors import ReconcilerError, TemporaryError
from reconciler.model.lease import Lease
from tests.support.virtual_time import in_virtual_time

TIMING = Timing(10)


class Store:
    """A lease in memory. Failures are raised once each, in order."""

    place = "the lease"

    def __init__(self) -> None:
        self.lease: Lease | None = None
        self.versions: Iterator[int] = count(1)
        self.failures: list[ReconcilerError] = []
        self.loses_answers = 0
        self.is_down = False

    async def read(self) -> Lease | None:
        await self._answer()
        return self.lease

    async def write(self, before: Lease | None, holder: str, seconds: float) -> Lease | None:
        await self._answer()
        if (before and before.version) != (self.lease and self.lease.version):
            return None
        version = str(next(self.versions))
        self.lease = Lease(holder, seconds, version, renewal=version, requested=self.lease.requested if self.lease else "")
        if self.loses_answers:
            self.loses_answers -= 1
            raise TemporaryError("the connection was lost")
        return self.lease

    async def request_fetch(self) -> bool:
        assert self.lease is not None
        version = str(next(self.versions))
        self.lease = replace(self.lease, version=version, requested=version)
        return True

    async def _answer(self) -> None:
        await asyncio.sleep(0)
        if self.failures:
            raise self.failures.pop(0)
        if self.is_down:
            raise TemporaryError("the server does not answer")


class Process:
    """A candidate whose work is to be there."""

    def __init__(self, store: Any, name: str) -> None:
        self.log = io.StringIO()
        self.metrics = Metrics()
        self.election = Election(store, TIMING, logger(as_json=True, to=self.log), self.metrics, name)
        self.stopped_at = 0.0
        self.fetches = 0
        self.is_stubborn = False
        """Whether it works on when it is told to stop, as a process does that waits for an answer."""
        self.election.fetch_soon = self.fetch
        self.stop, self.working = asyncio.Event(), asyncio.Event()
        self.task = asyncio.create_task(as_leader(self.election, self.work, self.stop))

    async def work(self) -> None:
        self.working.set()
        try:
            await self.stop.wait()
            if self.is_stubborn:
                await asyncio.sleep(30)
        finally:
            self.working.clear()
            self.stopped_at = asyncio.get_running_loop().time()

    def fetch(self) -> None:
        self.fetches += 1

    def kill(self) -> None:
        """Without any last word."""
        self.election.store = Store()
        self.election.store.is_down = True
        self.task.cancel()
        self.working.clear()

    async def ended(self) -> None:
        async with asyncio.timeout(600):
            await self.task

    @property
    def leads(self) -> bool:
        return b"reconciler_leader 1.0" in self.metrics.text()

    def said(self, event: str) -> list[dict[str, Any]]:
        return [line for line in map(json.loads, self.log.getvalue().splitlines()) if line["event"] == event]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(600):
        while not condition():  # noqa: ASYNC110 - it costs no time
            await asyncio.sleep(0.1)


@in_virtual_time
async def test_one_leads_and_the_other_stands_by_for_as_long_as_it_renews() -> None:
    store = Store()
    one, other = Process(store, "one"), Process(store, "other")
    await until(lambda: one.working.is_set() or other.working.is_set())
    leader, standby = (one, other) if one.working.is_set() else (other, one)
    first = store.lease
    await until(lambda: store.lease is not None and first is not None and int(store.lease.version) > int(first.version) + 15)
    assert leader.working.is_set()
    assert not standby.working.is_set()
    assert (leader.leads, standby.leads) == (True, False)
    assert standby.said("standing by")[0]["leader"] == leader.election.identity
    for process in (one, other):
        process.stop.set()
        await process.ended()


@in_virtual_time
async def test_a_leader_that_ends_lets_another_lead_before_its_lease_expires() -> None:
    store = Store()
    one = Process(store, "one")
    await until(one.working.is_set)
    one.stop.set()
    await one.ended()
    assert store.lease is not None
    assert store.lease.holder == ""
    other, now = Process(store, "other"), asyncio.get_running_loop().time()
    await until(other.working.is_set)
    assert asyncio.get_running_loop().time() - now < 1
    other.stop.set()
    await other.ended()


@in_virtual_time
async def test_a_leader_that_is_killed_is_followed_when_its_lease_has_expired() -> None:
    store = Store()
    one = Process(store, "one")
    await until(one.working.is_set)
    other = Process(store, "other")
    await until(lambda: bool(other.said("standing by")))
    one.kill()
    killed_at = asyncio.get_running_loop().time()
    assert store.lease is not None
    assert store.lease.holder == "one", "it released nothing"
    await until(other.working.is_set)
    assert 8 < asyncio.get_running_loop().time() - killed_at < 15
    other.stop.set()
    await other.ended()


@in_virtual_time
async def test_a_leader_whose_lease_was_taken_stops() -> None:
    store = Store()
    one = Process(store, "one")
    await until(one.working.is_set)
    assert store.lease is not None
    store.lease = replace(store.lease, holder="usurper", version="another")
    with pytest.raises(LostLeaseError, match="usurper holds the lease"):
        await one.ended()
    assert not one.working.is_set()
    assert not one.leads
    assert store.lease.holder == "usurper", "what is not its own is not released"


@in_virtual_time
async def test_a_leader_that_cannot_renew_stops_before_another_may_lead() -> None:
    store = Store()
    one = Process(store, "one")
    await until(one.working.is_set)
    store.is_down, down_at = True, asyncio.get_running_loop().time()
    with pytest.raises(LostLeaseError, match="could not be renewed for 7 s"):
        await one.ended()
    assert one.stopped_at - down_at <= TIMING.renew_deadline < TIMING.lease


@pytest.mark.parametrize("is_taken", [True, False])
@in_virtual_time
async def test_work_that_waits_for_an_answer_is_cancelled_before_another_may_lead(is_taken: bool) -> None:
    store = Store()
    one = Process(store, "one")
    one.is_stubborn = True
    await until(one.working.is_set)
    lost_at = asyncio.get_running_loop().time()
    if is_taken:
        assert store.lease is not None
        store.lease = replace(store.lease, holder="usurper", version="another")
    store.is_down = not is_taken
    with pytest.raises(LostLeaseError):
        await one.ended()
    assert one.stopped_at - lost_at <= (TIMING.retry if is_taken else TIMING.renew_deadline)


@in_virtual_time
async def test_a_leader_that_is_told_to_end_finishes_its_work() -> None:
    one = Process(Store(), "one")
    one.is_stubborn = True
    await until(one.working.is_set)
    told_at = asyncio.get_running_loop().time()
    one.stop.set()
    await one.ended()
    assert one.stopped_at - told_at == 30
    assert one.leads is False


@in_virtual_time
async def test_work_that_fails_gives_the_lease_back() -> None:
    store = Store()
    one = Process(store, "one")
    await until(one.working.is_set)

    async def fails() -> None:
        raise OSError("a defect")

    one.stop.set()
    await one.ended()
    with pytest.raises(OSError, match="a defect"):
        await as_leader(one.election, fails, asyncio.Event())
    assert store.lease is not None
    assert store.lease.holder == ""


class SlowStore(Store):
    """Its first answer to a write comes long after others see the lease; nothing works after that if `breaks`."""

    def __init__(self, *, breaks: bool) -> None:
        super().__init__()
        self.breaks = breaks
        self.written_at: float | None = None

    async def write(self, before: Lease | None, holder: str, seconds: float) -> Lease | None:
        taken = await super().write(before, holder, seconds)
        if self.written_at is None:
            self.written_at = asyncio.get_running_loop().time()
            await asyncio.sleep(6)
            self.is_down = self.breaks
        return taken


@in_virtual_time
async def test_a_leader_whose_first_write_was_slow_stops_before_another_may_lead() -> None:
    store = SlowStore(breaks=True)
    one = Process(store, "one")
    with pytest.raises(LostLeaseError, match="could not be renewed for 7 s"):
        await one.ended()
    assert store.written_at is not None
    assert store.written_at + 6 <= one.stopped_at <= store.written_at + TIMING.renew_deadline


@in_virtual_time
async def test_a_leader_whose_first_write_was_slow_renews_in_time() -> None:
    store = SlowStore(breaks=False)
    one = Process(store, "one")
    await until(one.working.is_set)
    await asyncio.sleep(3 * TIMING.lease)
    assert one.working.is_set()
    one.stop.set()
    await one.ended()


@in_virtual_time
async def test_a_renewal_whose_answer_was_lost_is_no_loss() -> None:
    store = Store()
    one = Process(store, "one")
    await until(one.working.is_set)
    store.loses_answers = 2
    await until(lambda: not store.loses_answers)
    version = store.lease and store.lease.version
    await until(lambda: store.lease is not None and store.lease.version != version)
    assert one.working.is_set()
    one.stop.set()
    await one.ended()


@in_virtual_time
async def test_what_cannot_be_mended_by_waiting_is_told_at_once() -> None:
    store = Store()
    store.failures = [ReconcilerError("leases is forbidden", remedy="Allow it.")]
    with pytest.raises(ReconcilerError, match="forbidden"):
        await Process(store, "one").ended()


@in_virtual_time
async def test_what_may_pass_is_waited_for() -> None:
    store = Store()
    store.failures = [TemporaryError("the server does not answer")] * 3
    one = Process(store, "one")
    await until(one.working.is_set)
    assert [line["error"] for line in one.said("leader election")] == ["the server does not answer"], "one line for one problem"
    one.stop.set()
    await one.ended()


@in_virtual_time
async def test_a_request_reaches_the_leader_and_is_no_sign_of_its_life() -> None:
    store = Store()
    one = Process(store, "one")
    await until(one.working.is_set)
    other = Process(store, "other")
    await until(lambda: bool(other.said("standing by")))
    await store.request_fetch()
    await until(lambda: one.fetches == 1)
    await asyncio.sleep(3 * TIMING.lease)
    assert (one.fetches, one.working.is_set()) == (1, True), "one request, one fetch"

    one.kill()
    killed_at = asyncio.get_running_loop().time()
    async with asyncio.timeout(600):
        while not other.working.is_set():
            await store.request_fetch()
            await asyncio.sleep(1)
    assert asyncio.get_running_loop().time() - killed_at < 1.5 * TIMING.lease
    other.stop.set()
    await other.ended()


@in_virtual_time
async def test_a_candidate_ends_when_it_is_told_to() -> None:
    store = Store()
    store.lease = Lease("another", 60, "1", renewal="1")
    one = Process(store, "one")
    await until(lambda: bool(one.said("standing by")))
    one.stop.set()
    await one.ended()
    assert store.lease.holder == "another"
