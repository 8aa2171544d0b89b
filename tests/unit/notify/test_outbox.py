"""Messages arrive: the newest of each subject, once, however often the recipient fails; and nobody waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from reconciler.errors import ReconcilerError, TemporaryError
from reconciler.notify import outbox
from reconciler.notify.outbox import Outbox
from reconciler.passes import pass_backoff

AWAY = TemporaryError("it does not answer")


class Recipient:
    def __init__(self) -> None:
        self.tried: list[str] = []
        self.arrived: list[str] = []
        self.failures: list[tuple[str, str, int]] = []
        self.errors: list[Exception] = []
        self.open = asyncio.Event()
        self.open.set()
        self.box: Outbox[str] = Outbox(self.send, self.arrived.append, self.failed)

    async def send(self, message: str) -> None:
        self.tried.append(message)
        await self.open.wait()
        if self.errors:
            raise self.errors.pop(0)

    def failed(self, message: str, error: ReconcilerError, count: int) -> None:
        self.failures.append((message, error.message, count))


@asynccontextmanager
async def running(recipient: Recipient) -> AsyncIterator[None]:
    task = asyncio.create_task(recipient.box.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 -- what is waited for is no event
            await asyncio.sleep(0.005)


@pytest.fixture
def recipient(monkeypatch: pytest.MonkeyPatch) -> Recipient:
    monkeypatch.setattr(pass_backoff, "_FIRST", 0.01)
    return Recipient()


async def test_equal_news_is_sent_once(recipient: Recipient) -> None:
    async with running(recipient):
        for message in ("pending", "pending", "success", "success"):
            recipient.box.put("commit", message)
            await eventually(lambda message=message: recipient.arrived[-1:] == [message])  # type: ignore[misc]
        recipient.box.put("another", "success")
        await eventually(lambda: len(recipient.arrived) == 3)
    assert recipient.arrived == ["pending", "success", "success"]


async def test_a_recipient_that_does_not_answer_gets_only_the_newest(recipient: Recipient) -> None:
    recipient.open.clear()
    async with running(recipient):
        recipient.box.put("commit", "pending")
        await eventually(lambda: recipient.tried == ["pending"])
        for message in ("one", "two", "three"):
            recipient.box.put("commit", message)
        recipient.open.set()
        await eventually(lambda: recipient.arrived[-1:] == ["three"])
    assert recipient.arrived == ["pending", "three"]


async def test_a_failure_is_tried_again_until_it_arrives(recipient: Recipient) -> None:
    recipient.errors = [AWAY, AWAY, AWAY]
    async with running(recipient):
        recipient.box.put("commit", "pending")
        await eventually(lambda: recipient.arrived == ["pending"])
    assert recipient.failures == [("pending", AWAY.message, count) for count in (1, 2, 3)]


async def test_a_message_that_is_refused_does_not_hold_up_the_others(recipient: Recipient) -> None:
    recipient.errors = [ReconcilerError("no such commit"), ValueError("a defect")]
    async with running(recipient):
        recipient.box.put("lost", "pending")
        recipient.box.put("defective", "pending")
        recipient.box.put("commit", "success")
        await eventually(lambda: recipient.arrived == ["success"])
    assert [message for message, _, _ in recipient.failures[:2]] == ["pending", "pending"]
    assert "internal error" in recipient.failures[1][1]


async def test_the_end_sends_what_waits_but_not_for_long(recipient: Recipient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "_LAST", 0.05)
    recipient.errors = [ReconcilerError("not yet")]
    async with running(recipient):
        recipient.box.put("commit", "pending")
        await eventually(lambda: len(recipient.failures) == 1)
    assert recipient.arrived == ["pending"], "tried once more, although it was not due"
    recipient.open.clear()
    async with asyncio.timeout(5), running(recipient):
        recipient.box.put("commit", "success")
        await eventually(lambda: recipient.tried[-1] == "success")


async def test_a_recipient_that_is_away_does_not_fill_the_memory(recipient: Recipient) -> None:
    for number in range(3 * outbox._MOST):
        recipient.box.put(str(number), "pending")
    assert len(recipient.box._waiting) == outbox._MOST
    async with running(recipient):
        await eventually(lambda: len(recipient.arrived) == outbox._MOST)
        for number in range(3 * outbox._MOST):
            recipient.box.put(f"more {number}", "pending")
            await asyncio.sleep(0)
        await eventually(lambda: not recipient.box._waiting)
    assert len(recipient.box._arrived) == outbox._MOST
