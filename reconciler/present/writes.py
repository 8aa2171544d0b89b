"""What a command writes, one line for each write, as soon as it is done."""

from __future__ import annotations

import typer

from reconciler.edit.planned_writes import WriteReport

_WIDTH = 11
"""Characters for the action."""


def print_write(report: WriteReport) -> None:
    typer.echo(f"  {report.action:<{_WIDTH}} {report.subject}")
