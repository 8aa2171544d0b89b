"""What `join` and `unjoin` write, printed as soon as each write is done."""

from __future__ import annotations

from reconciler.cli.terminal import print_lines
from reconciler.edit.planned_writes import WriteReport
from reconciler.present.writes import write_line


def print_write(report: WriteReport) -> None:
    """Prints one write to stdout."""
    print_lines([write_line(report)])
