"""Awaits what something else may end: the end of the process, the loss of a lease, the passing of time. Moments are by the
monotonic clock of the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from contextlib import suppress


def loop_time() -> float:
    """Seconds, by the monotonic clock of the event loop."""
    return asyncio.get_running_loop().time()


def is_due(moment: float | None) -> bool:
    """moment: by `loop_time`; None: never."""
    return moment is not None and loop_time() >= moment


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


async def done_while(holding: Iterable[Awaitable[None]], work: Awaitable[None], stop: asyncio.Event) -> None:
    """Awaits the work, which `stop` ends. When one of `holding` ends before, which entitle this process to the work, `stop` is
    set, and the work is cancelled, with the requests that it awaits: another process may begin it in a moment.

    Raises, after all have ended, what ended `holding`, or what the work raises.
    """
    holds, working = [asyncio.ensure_future(one) for one in holding], asyncio.ensure_future(work)
    try:
        await asyncio.wait([*holds, working], return_when=asyncio.FIRST_COMPLETED)
    finally:
        lost = [hold for hold in holds if hold.done()]
        for hold in holds:
            hold.cancel()
        if not working.done():
            stop.set()
            working.cancel()
        await asyncio.gather(*holds, working, return_exceptions=True)
    for hold in lost:
        hold.result()
    working.result()


async def first_of(events: Iterable[asyncio.Event], seconds: float | None) -> None:
    """Waits until one of the events is set; without `seconds`, for as long as it takes."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*waits, return_exceptions=True)
