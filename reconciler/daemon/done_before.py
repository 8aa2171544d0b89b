"""Awaits work that must not hold up the end of the process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable


async def done_before(stop: asyncio.Event, work: Awaitable[None]) -> bool:
    """Whether the work was done before `stop` was set, which cancels it. Raises what the work raises."""
    task, stopped = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait([task, stopped], return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            return False
        await task
        return True
    finally:
        for one in (task, stopped):
            one.cancel()
        await asyncio.gather(task, stopped, return_exceptions=True)
