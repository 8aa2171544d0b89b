"""Waiting for all members but the stragglers."""

from __future__ import annotations

import asyncio
from datetime import timedelta

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
