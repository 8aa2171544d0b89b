"""What `join` and `unjoin` write, printed as soon as each write is done."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.cli.terminal import print_lines
from reconciler.edit.planned_writes import PlannedWrite, carry_out
from reconciler.present.writes import write_line


async def carry_out_and_print(plan: Iterable[PlannedWrite], *, dry_run: bool) -> None:
    """`carry_out`, with a line on stdout for each write."""
    await carry_out(plan, lambda report: print_lines([write_line(report, dry_run=dry_run)]), dry_run=dry_run)
