"""Waiting for all members without letting a slow one hold up the others.

A straggler is a member that is still busy when the others have finished. How long a pass waits for it counts from the moment at
which another member finished, so a fleet that is slow as a whole is not cut short.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine, Mapping
from datetime import timedelta
from typing import Any, TypeVar

from reconciler.model.keys import ClusterName

Answer = TypeVar("Answer")


async def wait_for_all(tasks: Collection[asyncio.Future[Any]], straggler_timeout: timedelta | None) -> set[asyncio.Future[Any]]:
    """Waits until all tasks have ended. Returns the stragglers, which are still running; the caller decides what to do with them.

    straggler_timeout: how long to wait for the next task after a task has ended. None: no limit, and there are no stragglers.
    """
    running, ended = set(tasks), asyncio.Event()

    def note(task: asyncio.Future[Any]) -> None:
        running.discard(task)
        ended.set()

    for task in tasks:  # Once for each: `asyncio.wait` would begin anew with all of them whenever one ends.
        task.add_done_callback(note)
    try:
        while running:
            ended.clear()
            seconds = straggler_timeout.total_seconds() if straggler_timeout is not None and len(running) < len(tasks) else None
            async with asyncio.timeout(seconds):
                await ended.wait()
    except TimeoutError:
        pass
    finally:
        for task in running:
            task.remove_done_callback(note)
    return running


async def answers_of(
    questions: Mapping[ClusterName, Coroutine[Any, Any, Answer]], straggler_timeout: timedelta | None
) -> dict[ClusterName, Answer]:
    """The answers of all members but the stragglers, whose questions are cancelled."""
    tasks = {name: asyncio.ensure_future(question) for name, question in questions.items()}
    try:
        await wait_for_all(tasks.values(), straggler_timeout)
    finally:  # Also where the caller is cancelled: then all of them.
        unanswered = [task for task in tasks.values() if not task.done()]
        for task in unanswered:
            task.cancel()
    if unanswered:
        await asyncio.wait(unanswered)
    return {name: task.result() for name, task in tasks.items() if not task.cancelled()}
