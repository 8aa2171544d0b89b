"""What a command writes: carried out, printed as soon as each write is done, and what is left to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from reconciler.cli.terminal import print_lines
from reconciler.edit.planned_writes import PlannedWrite, WriteReport, carry_out
from reconciler.present.writes import write_line
from reconciler.repo.client import Repository
from reconciler.repo.command import REMOTE


def print_writes(*, dry_run: bool) -> Callable[[WriteReport], None]:
    """Prints each write to stdout."""
    return lambda report: print_lines([write_line(report, dry_run=dry_run)])


async def carry_out_and_print(repository: Repository, plan: Iterable[PlannedWrite], *, dry_run: bool) -> str:
    """Carries out a plan, and prints each write to stdout. Returns the command that pushes the commit; empty where nothing was
    committed or the repository has no remote. Raises what the writes raise."""
    committed: list[WriteReport] = []

    show = print_writes(dry_run=dry_run)

    def tell(report: WriteReport) -> None:
        show(report)
        if report.action == "committed":
            committed.append(report)

    await carry_out(plan, tell, dry_run=dry_run)
    if dry_run or not committed or REMOTE not in await repository.remotes():
        return ""
    return f"git push {REMOTE} {await repository.head_branch()}"
