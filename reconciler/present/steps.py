"""What a command did, one line a step, as it happens."""

from __future__ import annotations

import typer

from reconciler.membership.account import Step

_WIDTH = 11


def print_step(step: Step) -> None:
    typer.echo(f"  {step.action:<{_WIDTH}} {step.what}")
