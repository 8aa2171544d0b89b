"""What a command writes, one line for each write."""

from __future__ import annotations

from reconciler.edit.planned_writes import WriteReport

_WIDTH = 11
"""Characters for the action."""


def write_line(report: WriteReport, *, dry_run: bool) -> str:
    """`  created     ClusterRole reconciler`; as in kubectl, `(dry run)` follows where nothing was written."""
    return f"  {report.action:<{_WIDTH}} {report.subject}{' (dry run)' if dry_run else ''}"
