"""The option that all commands with tables share."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli.grouped_options import grouped
from reconciler.cli.terminal import never_cut

NoTrunc = Annotated[
    bool,
    typer.Option(
        "--no-trunc",
        envvar="RECONCILER_NO_TRUNC",
        help="Cut no cell and leave out no column, however narrow the terminal is.",
    ),
]


def _whole_tables(no_trunc: NoTrunc = False) -> None:
    never_cut(no_trunc)


prints_tables = grouped("", _whole_tables)
"""Gives a command the option `--no-trunc`, which acts on every table that it prints."""
