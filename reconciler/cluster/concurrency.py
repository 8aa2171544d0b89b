"""A limit for requests that run at the same time.

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
    gate = asyncio.Semaphore(limit)

    async def run(item: Awaitable[T]) -> T:
        async with gate:
            return await item

    tasks = [asyncio.ensure_future(run(item)) for item in items]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)
        for item in items:
            if isinstance(item, Coroutine):
                item.close()  # Python warns about a coroutine that was never started.
