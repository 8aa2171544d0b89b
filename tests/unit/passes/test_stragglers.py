"""Waiting for all members but the stragglers."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from reconciler.passes.stragglers import wait_for_all

SHORT = timedelta(seconds=0.05)


@pytest.mark.parametrize(
    ("seconds", "limit", "stragglers"),
    [
        ((0.0, 0.0), SHORT, set()),
        ((0.0, 5.0), SHORT, {1}),
        ((0.0, 0.2), None, set()),
        ((0.2, 0.2), SHORT, set()),  # The fleet is slow as a whole.
        ((0.0, 0.03, 0.06, 0.09), SHORT, set()),  # Each ends soon after the one before.
        ((), SHORT, set()),
    ],
)
async def test_the_time_counts_from_the_end_of_another_task(
    seconds: tuple[float, ...], limit: timedelta | None, stragglers: set[int]
) -> None:
    tasks = [asyncio.ensure_future(asyncio.sleep(duration)) for duration in seconds]
    running = await wait_for_all(tasks, limit)
    assert {number for number, task in enumerate(tasks) if task in running} == stragglers
    assert not any(task.cancelled() for task in tasks)
    for task in running:
        task.cancel()


class _Counted(asyncio.Future[None]):
    """A future that counts how often somebody begins to wait for it."""

    waits = 0

    def add_done_callback(self, *arguments: Any, **named: Any) -> None:
        self.waits += 1
        super().add_done_callback(*arguments, **named)


async def test_each_task_is_waited_for_once_however_many_end_before_it() -> None:
    """A thousand members end one after the other."""
    tasks = [_Counted() for _ in range(20)]
    for number, task in enumerate(tasks):
        asyncio.get_running_loop().call_later(number * 0.001, task.set_result, None)
    assert await wait_for_all(tasks, timedelta(seconds=5)) == set()
    assert {task.waits for task in tasks} == {1}
