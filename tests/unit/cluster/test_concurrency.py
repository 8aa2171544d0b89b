"""Requests that run at the same time, up to a limit."""

from __future__ import annotations

import asyncio
import gc
import time

import pytest

from reconciler.cluster.concurrency import Turns, at_most
from reconciler.cluster.member_protocol import MemberError


async def broken() -> int:
    raise MemberError("no")


async def test_an_error_cancels_the_other_requests() -> None:
    finished = []

    async def slow(number: int) -> int:
        await asyncio.sleep(0.2)
        finished.append(number)
        return number

    with pytest.raises(MemberError):
        await at_most([slow(1), broken(), slow(2)])
    await asyncio.sleep(0.3)
    assert finished == []


async def test_requests_that_had_not_started_leave_no_warning(recwarn: pytest.WarningsRecorder) -> None:
    async def slow() -> int:
        await asyncio.sleep(10)
        return 1

    with pytest.raises(MemberError):
        await at_most([broken(), *(slow() for _ in range(5))], limit=1)
    gc.collect()
    assert [str(warning.message) for warning in recwarn] == []


async def test_no_more_than_the_limit_run_at_the_same_time() -> None:
    running, most = 0, 0

    async def one(number: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001)
        running -= 1
        return number

    assert await at_most([one(number) for number in range(50)], limit=4) == list(range(50))
    assert most == 4


async def test_pieces_of_work_that_take_long_together_leave_turns_to_the_event_loop() -> None:
    turns, done, seen = Turns(), [0], []

    def compute() -> None:
        time.sleep(0.02)
        done[0] += 1

    async def piece() -> None:
        await turns.take()
        compute()

    async def probe() -> None:
        while done[0] < 30:
            seen.append(done[0])
            await asyncio.sleep(0)

    await asyncio.gather(probe(), *[piece() for _ in range(30)])

    longest = max(later - earlier for earlier, later in zip(seen, [*seen[1:], 30], strict=True))
    assert longest <= 5  # Of twenty milliseconds each. Without turns, all thirty.


async def test_pieces_of_work_that_take_no_time_do_not_wait_for_one_another() -> None:
    turns, iterations = Turns(), [0]

    async def count() -> None:
        while True:
            iterations[0] += 1
            await asyncio.sleep(0)

    counter = asyncio.ensure_future(count())
    await asyncio.sleep(0)
    for _ in range(100):
        await turns.take()
    counter.cancel()

    assert iterations[0] == 1
