"""How much of one kind a process does at the same time over all members: a limit that nobody can use up by being slow.

Without a limit, a process with a thousand members opens ten thousand connections when it starts, or when a network that was away
is back. Its own TLS handshakes then take so long that requests time out. With an ordinary limit, a few members that do not answer
hold up all others. So a slot is given back when its work has ended, or after a moment although it goes on. Where this process is
the slow one, because the machine has no more CPU to give, the moment is longer: more work at once would make all of it time out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Slots:
    """First come, first served."""

    def __init__(self, limit: int, seconds: float) -> None:
        """seconds: for how long a slot is held at most, counted anew while the event loop is late. A lot that hangs lets `limit`
        others begin in each such time."""
        self._free = asyncio.Semaphore(limit)
        self._seconds = seconds

    async def take(self) -> Callable[[], None]:
        """Waits for a slot. Returns what gives it back; it may be called more than once."""
        await self._free.acquire()
        return _Slot(self._free, self._seconds).give_back


class _Slot:
    """One that is taken."""

    def __init__(self, free: asyncio.Semaphore, seconds: float) -> None:
        self._free = free
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._held = True
        self._begin()

    def _begin(self) -> None:
        self._until = self._loop.time() + self._seconds
        self._timer = self._loop.call_at(self._until, self._over)

    def _over(self) -> None:
        late = self._loop.time() - self._until
        if late > _LATE:
            self._begin()
        else:
            self.give_back()

    def give_back(self) -> None:
        if self._held:
            self._held = False
            self._timer.cancel()
            self._free.release()


_LATE = 0.05
"""Seconds by which the event loop is late where this process does not get the CPU that it needs."""


READS = (64, 1.0)
"""Requests that read. An open watch is none."""
ARRIVALS = (16, 1.0)
"""Members that are asked for the first time what they serve and hold. They finish one after the other, each with the few
connections that it has opened, in place of all of them at once with connections that are idle and closed again."""
