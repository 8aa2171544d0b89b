"""A request whose signed content was received before: the same push made again, a redelivery, or a replay by a stranger.

The body is all that most forges sign. A push to B, back to A, and to B again has the same body twice where the forge writes no
time of its own into it, so a repetition cannot be refused. It makes the process read the repository, too, but all repetitions
together do that once a minute: whoever recorded a request gains no more than polling does anyway.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

PAUSE = 60.0
"""Seconds from one read of the repository because of a repetition to the next one."""


@dataclass(slots=True)
class Repeats:
    """Must be used in the event loop."""

    fetch: Callable[[], Awaitable[None]]
    """Makes the repository be read at the end of a pause. Raises nothing: nobody awaits it."""
    _next: float = 0.0
    """When the next repetition may have an effect at once, by the clock of the event loop."""
    _late: asyncio.Task[None] | None = None
    """The read that waits for the end of the pause."""

    def is_due(self) -> bool:
        """Whether this repetition has its effect at once. If not, the end of the pause makes the repository be read, for all
        repetitions until then."""
        loop = asyncio.get_running_loop()
        if self._late is not None and not self._late.done():
            return False
        if loop.time() >= self._next:
            self._next = loop.time() + PAUSE
            return True
        self._late = loop.create_task(self._fetch_at(self._next))
        return False

    async def close(self) -> None:
        if self._late is not None:
            self._late.cancel()
            with suppress(asyncio.CancelledError):
                await self._late

    async def _fetch_at(self, moment: float) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(moment - loop.time())
        self._next = loop.time() + PAUSE
        await self.fetch()
