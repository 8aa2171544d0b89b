"""The limit over all members, and who may hold it up."""

from __future__ import annotations

import asyncio

import pytest

from reconciler.cluster.slots import Slots


async def test_no_more_at_once_than_there_are_slots() -> None:
    slots, running, most = Slots(3, 60), 0, 0

    async def work() -> None:
        nonlocal running, most
        give_back = await slots.take()
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        give_back()

    await asyncio.gather(*[work() for _ in range(20)])
    assert most == 3


async def test_what_hangs_does_not_hold_up_the_others() -> None:
    slots = Slots(2, 0.01)
    await slots.take()
    await slots.take()
    async with asyncio.timeout(5):
        await slots.take()


async def test_a_slot_that_was_taken_away_is_not_given_back_twice() -> None:
    slots = Slots(1, 0.001)
    first = await slots.take()
    second = await slots.take()
    first()
    third = asyncio.ensure_future(slots.take())
    await asyncio.sleep(0)
    assert not third.done(), "the second one holds the only slot"
    second()
    second()
    (await third)()


async def test_who_does_not_wait_any_more_takes_no_slot() -> None:
    slots = Slots(1, 60)
    give_back = await slots.take()
    waiting = asyncio.ensure_future(slots.take())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    give_back()
    async with asyncio.timeout(5):
        await slots.take()


async def test_a_process_that_is_late_itself_begins_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now)
    slots = Slots(1, 60)
    await slots.take()
    waiting = asyncio.ensure_future(slots.take())
    now += 61  # The timer is due, and fires a second late.
    await turns()
    assert not waiting.done()
    now += 60
    await turns()
    assert waiting.done(), "in time, the slot of what hangs is taken away"


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)
