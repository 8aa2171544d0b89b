"""Planned writes to a forge."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from reconciler.edit.planned_writes import WriteReport


@dataclass(frozen=True, slots=True)
class ForgeWrite:
    """One change at the forge. `send` makes its requests, and raises RefusedError, NoAnswerError."""

    action: str
    subject: str
    send: Callable[[], Awaitable[None]]

    @property
    def report(self) -> WriteReport:
        return WriteReport(self.action, self.subject)

    async def carry_out(self) -> WriteReport:
        await self.send()
        return self.report
