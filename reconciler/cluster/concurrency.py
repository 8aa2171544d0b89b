"""A limit for requests that run at the same time, and turns for computations that would hold the event loop.

This module imports no HTTP client, so that code that only needs the limit starts fast.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine, Iterable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


async def at_most(work: Iterable[Awaitable[T]], limit: int = 8) -> list[T]:
    """All results, in the order of `work`; at most `limit` run at the same time.

    The first error is raised. It cancels everything that is not finished, and nothing runs any more when this returns.
    """
    items = list(work)
    results: dict[int, T] = {}
    waiting = iter(enumerate(items))

    async def run() -> None:
        for place, item in waiting:  # Shared by all: a task for each of thousands of requests would be slow.
            results[place] = await item

    tasks = [asyncio.ensure_future(run()) for _ in range(min(limit, len(items)))]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)
        for item in items:
            if isinstance(item, Coroutine):
                item.close()  # Python warns about a coroutine that was never started.
    return [results[place] for place in range(len(items))]


class Turns:
    """Lets the event loop go on between pieces of work that take long together: it answers probes, and reads watches."""

    def __init__(self) -> None:
        self._began: float | None = None
        """When the present iteration of the event loop first asked for a turn, by the clock of the loop."""
        self._queue = asyncio.Lock()

    async def take(self) -> None:
        """Call it before each piece. It waits for the next iteration of the event loop where pieces took long in this one."""
        loop = asyncio.get_running_loop()
        async with self._queue:
            if self._began is not None and loop.time() - self._began > _LONG:
                await asyncio.sleep(0)
            if self._began is None:
                self._began = loop.time()
                loop.call_soon(self._end)

    def _end(self) -> None:
        self._began = None


_LONG = 0.05
"""Seconds of computing after which the event loop has its turn."""
