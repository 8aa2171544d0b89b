"""How much of one kind a process does at the same time over all members: a limit that nobody can use up by being slow.

Without a limit, a process with a thousand members opens ten thousand connections when it starts, or when a network that was away
is back. Its own TLS handshakes then take so long that requests time out. With an ordinary limit, a few members that do not answer
hold up all others. So a slot is given back when its work has ended, or after a moment although it goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Slots:
    """First come, first served."""

    def __init__(self, limit: int, seconds: float) -> None:
        """seconds: for how long a slot is held at most. A lot that hangs lets `limit` others begin in each such time."""
        self._free = asyncio.Semaphore(limit)
        self._seconds = seconds

    async def take(self) -> Callable[[], None]:
        """Waits for a slot. Returns what gives it back; it may be called more than once."""
        await self._free.acquire()
        loop, held = asyncio.get_running_loop(), True

        def give_back() -> None:
            nonlocal held
            if held:
                held = False
                timer.cancel()
                self._free.release()

        timer = loop.call_later(self._seconds, give_back)
        return give_back


READS = (64, 1.0)
"""Requests that read. An open watch is none."""
ARRIVALS = (16, 1.0)
"""Members that are asked for the first time what they serve and hold. They finish one after the other, each with the few
connections that it has opened, in place of all of them at once with connections that are idle and closed again."""
