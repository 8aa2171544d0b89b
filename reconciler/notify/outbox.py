"""Messages that wait to be sent: one for each subject, the newest, until it arrives. Putting one there never waits.

Equal news of a subject is not sent twice. A failed attempt is repeated after the pauses of `passes/pass_backoff.py`, which every
message has for itself: one that is refused does not hold up the others.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from reconciler.errors import ReconcilerError
from reconciler.passes.defects import REMEDY, describe
from reconciler.passes.pass_backoff import pause_after_error

T = TypeVar("T")
_MOST = 256
"""Subjects that are remembered; the oldest is forgotten first."""
_LAST = 3.0
"""Seconds that the end waits for what was not sent yet."""


@dataclass(slots=True)
class _Waiting(Generic[T]):
    message: T
    due: float
    """When to try it, by the monotonic clock."""
    failures: int = 0
    """In a row."""


@dataclass(slots=True)
class Outbox(Generic[T]):
    """For one recipient."""

    send: Callable[[T], Awaitable[None]]
    """Raises ReconcilerError."""
    sent: Callable[[T], None]
    """Told of each message that arrived."""
    failed: Callable[[T, ReconcilerError, int], None]
    """Told of each attempt that failed, and how many did since the last message arrived."""
    _waiting: OrderedDict[str, _Waiting[T]] = field(default_factory=OrderedDict)
    _arrived: OrderedDict[str, T] = field(default_factory=OrderedDict)
    """The last message of each subject that arrived."""
    _failures: int = 0
    """Since the last message arrived."""
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, subject: str, message: T) -> None:
        """The newest message of a subject takes the place of one that has not arrived yet."""
        waiting = self._waiting.get(subject)
        if waiting is not None and waiting.message == message:
            return
        if waiting is None and self._arrived.get(subject) == message:
            return
        self._waiting[subject] = _Waiting(message, time.monotonic())
        if len(self._waiting) > _MOST:
            self._waiting.popitem(last=False)
        self._news.set()

    async def run(self) -> None:
        """Sends until it is cancelled; then once more what waits, for a short time."""
        try:
            while True:
                self._news.clear()
                await self._send_due()
                due = min((waiting.due for waiting in self._waiting.values()), default=None)
                with suppress(TimeoutError):
                    async with asyncio.timeout(None if due is None else max(0.0, due - time.monotonic())):
                        await self._news.wait()
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LAST):
                    await self._send_due(everything=True)

    async def _send_due(self, *, everything: bool = False) -> None:
        for subject, waiting in list(self._waiting.items()):
            is_newest = self._waiting.get(subject) is waiting
            if is_newest and (everything or waiting.due <= time.monotonic()):
                await self._try(subject, waiting)

    async def _try(self, subject: str, waiting: _Waiting[T]) -> None:
        try:
            await self.send(waiting.message)
        except Exception as error:
            known = error if isinstance(error, ReconcilerError) else ReconcilerError(describe(error), remedy=REMEDY)
            waiting.failures += 1
            waiting.due = time.monotonic() + pause_after_error(known, waiting.failures)
            self._failures += 1
            self.failed(waiting.message, known, self._failures)
            return
        self._failures = 0
        self.sent(waiting.message)
        self._arrived[subject] = waiting.message
        self._arrived.move_to_end(subject)
        if len(self._arrived) > _MOST:
            self._arrived.popitem(last=False)
        if self._waiting.get(subject) is waiting:  # No newer one came meanwhile.
            del self._waiting[subject]
