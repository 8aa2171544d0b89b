"""Which of several processes is the leader: the one that holds a lease, and renews it in time.

The rules are those of client-go's leader election. A process that does not hold the lease watches it, and takes it when it was
released, or was not renewed for as long as it says. Clocks are never compared: each process measures with its own, from the
moment at which it saw the last renewal. The leader gives up when it could not renew for `renew_deadline`, which is before any
other may take the lease. It then cancels its work, and a new process stands by in its place.

Where the lease is, is no matter of this module: see `cluster/lease.py` and `repo/lease_branch.py`.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from reconciler.daemon.log import Log
from reconciler.daemon.metrics import Metrics
from reconciler.daemon.waiting import done_before, done_while
from reconciler.errors import ReconcilerError, TemporaryError
from reconciler.model.lease import Lease


class LeaseStore(Protocol):
    """The place of a lease, in which only one of two simultaneous writes succeeds."""

    place: str
    """For messages."""

    async def read(self) -> Lease | None:
        """None: there is none yet. Raises ReconcilerError."""

    async def write(self, before: Lease | None, holder: str, seconds: float) -> Lease | None:
        """The new lease; None where another process wrote after `before`. An empty holder releases. Raises ReconcilerError."""

    async def request_fetch(self) -> bool:
        """Requests that the holder read the repository. False where this place has no room for a request. Raises
        ReconcilerError."""


@dataclass(frozen=True, slots=True)
class Timing:
    """All in seconds."""

    lease: float
    """How long others wait after the last renewal that they saw."""

    @property
    def renew_deadline(self) -> float:
        """How long the leader tries to renew before it gives up. The rest of the time is for ending its work."""
        return 0.7 * self.lease

    @property
    def retry(self) -> float:
        """Between two attempts to take the lease or to renew it."""
        return 0.2 * self.lease


class LostLeaseError(TemporaryError):
    """The process is not the leader any more."""


def identity() -> str:
    """A name for this process: its host, and a random part."""
    return f"{socket.gethostname()}_{secrets.token_hex(4)}"


@dataclass(slots=True)
class Election:
    """One process as a candidate, and as the leader."""

    store: LeaseStore
    timing: Timing
    log: Log
    metrics: Metrics
    identity: str = field(default_factory=identity)
    fetch_soon: Callable[[], None] = lambda: None
    """Called when another process requests that the holder of the lease read the repository."""
    _lease: Lease | None = None
    """As it was seen last."""
    _seen_at: float = 0.0
    """When its last renewal was seen for the first time, by the monotonic clock."""
    _written_at: float = 0.0
    """When the write began that took the lease or renewed it last, by the monotonic clock: others may count from then on."""
    _told: str = ""
    """The leader, or the problem, that was logged last."""

    async def win(self) -> None:
        """Returns when this process is the leader. Raises ReconcilerError where the first attempt fails and another one cannot
        succeed, such as for a missing permission."""
        self.metrics.leads(False)
        first = True
        while not await self._is_won(first=first):
            first = False
            await asyncio.sleep(self._pause())
        self.metrics.leads(True)
        self.log.info("leading", identity=self.identity, lease=self.store.place)

    async def hold(self) -> None:
        """Renews the lease for as long as it can. Ends by LostLeaseError. Counts from when the last write began: others may have
        seen the lease long before its writer had the answer."""
        while True:
            deadline = self._written_at + self.timing.renew_deadline
            try:
                async with asyncio.timeout_at(deadline):
                    due = self._written_at + self._pause()
                    await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
                    began = asyncio.get_running_loop().time()
                    await self._renew()
                    self._written_at = began
            except TimeoutError as error:
                self.metrics.leads(False)
                message = f"{self.store.place} could not be renewed for {self.timing.renew_deadline:g} s"
                raise LostLeaseError(message, remedy="Another process may lead now. This one stops.") from error

    async def release(self) -> None:
        """Lets another process lead at once. Where that fails, it waits until the lease has expired."""
        self.metrics.leads(False)
        if self._lease is not None and self._lease.holder == self.identity:
            with suppress(ReconcilerError, TimeoutError):
                async with asyncio.timeout(self.timing.retry):
                    await self.store.write(self._lease, "", 1)

    async def _is_won(self, *, first: bool) -> bool:
        try:
            async with asyncio.timeout(self.timing.renew_deadline):
                self._see(await self.store.read())
                if not self._is_free():
                    self._tell_leader()
                    return False
                began = asyncio.get_running_loop().time()
                taken = await self.store.write(self._lease, self.identity, self.timing.lease)
        except TimeoutError:
            self._tell("the lease does not answer")
            return False
        except ReconcilerError as error:
            if first and not error.temporary:
                raise
            self._tell(error.message, error.remedy)
            return False
        if taken is not None:
            self._written_at = began
            self._see(taken)
        return taken is not None

    async def _renew(self) -> None:
        """Tries until it succeeds. Raises LostLeaseError where another process holds the lease."""
        while True:
            try:
                renewed = await self.store.write(self._lease, self.identity, self.timing.lease)
                if renewed is None:  # Perhaps an own write whose answer was lost.
                    renewed = await self.store.read()
                    if renewed is not None and renewed.holder != self.identity:
                        self.metrics.leads(False)
                        message = f"{renewed.holder or 'nobody'} holds {self.store.place}, not this process"
                        raise LostLeaseError(message, remedy="This process stops; a new one stands by.")
                    self._see(renewed)
                    continue
            except LostLeaseError:
                raise
            except ReconcilerError as error:
                self._tell(error.message, error.remedy)
                await asyncio.sleep(self._pause())
            else:
                self._see(renewed)
                self._told = ""
                return

    def _see(self, lease: Lease | None) -> None:
        before, self._lease = self._lease, lease
        if lease is None or before is None or lease.renewal != before.renewal:
            self._seen_at = asyncio.get_running_loop().time()
        if lease is not None and before is not None and lease.requested != before.requested:
            self.fetch_soon()

    def _is_free(self) -> bool:
        if self._lease is None or self._lease.holder in ("", self.identity):
            return True
        return asyncio.get_running_loop().time() - self._seen_at > self._lease.seconds

    def _pause(self) -> float:
        """With jitter, so that candidates do not try together."""
        return self.timing.retry * random.uniform(0.8, 1.0)  # noqa: S311 - no secret

    def _tell_leader(self) -> None:
        assert self._lease is not None  # noqa: S101 - a lease that is not free exists
        if self._told != self._lease.holder:
            self._told = self._lease.holder
            self.log.info("standing by", leader=self._lease.holder, lease=self.store.place)

    def _tell(self, problem: str, remedy: str = "") -> None:
        """Once for as long as the problem stays the same."""
        if self._told != problem:
            self._told = problem
            self.log.warning("leader election", error=problem, remedy=remedy)


async def as_leader(election: Election, work: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Waits until this process is the leader, and works until `stop` is set, which ends the work. When the process is not the
    leader any more, the work is cancelled, with the requests that it awaits: another process may lead in a moment.

    Raises LostLeaseError after the work has ended, and what `Election.win` and the work raise.
    """
    if not await done_before(stop, election.win()):
        return
    has_lost = False
    try:
        await done_while([election.hold()], work(), stop)
    except LostLeaseError:
        has_lost = True
        raise
    finally:
        if not has_lost:
            await election.release()
