"""What a command will write, as values, and the one place that writes it.

A command plans first. Planning only reads: it looks at the repository, at the members and at the places of credentials, and it
refuses everything that it can refuse. The result is a sequence of planned writes in the order in which they are carried out. A
planned write names its place, its content, and the state of that place at planning time. If the state has changed since then,
the write is refused with OutdatedPlanError.

A dry run is a plan that nobody carries out. Only `carry_out` knows about it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from reconciler.errors import ReconcilerError


class OutdatedPlanError(ReconcilerError):
    """Something changed between the planning of a write and the write."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} changed while this command was running", remedy="Run the command again.")


@dataclass(frozen=True, slots=True)
class WriteReport:
    """The line that tells the user about one write."""

    action: str
    """One word, such as created, configured, unchanged, deleted, committed, left."""
    subject: str
    """The object, file or Secret, in words."""


class PlannedWrite(Protocol):
    """One write to one place."""

    @property
    def report(self) -> WriteReport | None:
        """What the write will do, as far as the plan contains it. None: nothing that a user needs to read."""

    async def carry_out(self) -> WriteReport | None:
        """Writes, and returns what was done. Raises ReconcilerError, and OutdatedPlanError where the place has changed since the
        plan was made."""


@dataclass(frozen=True, slots=True)
class NoWrite:
    """A report without a write, about an object that is unchanged or that is left."""

    report: WriteReport

    async def carry_out(self) -> WriteReport:
        return self.report


async def carry_out(plan: Iterable[PlannedWrite], tell: Callable[[WriteReport], None], *, dry_run: bool) -> None:
    """Carries out a plan in its order, and reports each write when it is done. The first error ends it.

    dry_run: report what the plan contains, and write nothing.
    """
    for write in plan:
        report = write.report if dry_run else await write.carry_out()
        if report is not None:
            tell(report)
