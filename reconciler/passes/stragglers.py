"""Waiting for all members without letting a slow one hold up the others.

A straggler is a member that is still busy when the others have finished. How long a pass waits for it counts from the moment at
which another member finished, so a fleet that is slow as a whole is not cut short.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import timedelta
from typing import Any


async def wait_for_all(tasks: Collection[asyncio.Future[Any]], straggler_timeout: timedelta | None) -> set[asyncio.Future[Any]]:
    """Waits until all tasks have ended. Returns the stragglers, which are still running; the caller decides what to do with them.

    straggler_timeout: how long to wait for the next task after a task has ended. None: no limit, and there are no stragglers.
    """
    running = set(tasks)
    while running:
        one_has_ended = len(running) < len(tasks)
        seconds = straggler_timeout.total_seconds() if straggler_timeout is not None and one_has_ended else None
        ended, running = await asyncio.wait(running, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if not ended:
            break
    return running
