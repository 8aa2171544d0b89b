"""`version`: the version of this program."""

from __future__ import annotations

import typer

from reconciler import __version__
from reconciler.cli import exitcodes
from reconciler.cli.terminal import print_lines


def run() -> None:
    """Prints the same as the option --version. `reconciler clusters` shows the versions of the members.

    Example: reconciler version
    """
    print_lines([f"reconciler {__version__}"])
    raise typer.Exit(exitcodes.DONE)
