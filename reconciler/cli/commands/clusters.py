"""`clusters`: the members, and how they fare."""

from __future__ import annotations

from pathlib import Path

import typer

from reconciler.cli import exitcodes
from reconciler.cli.options import DEFAULT_CACHE, Cache, Output, Repo
from reconciler.cli.session import run_async, session
from reconciler.present.document import Format, print_document
from reconciler.present.rollup import ClusterRow, cluster_rows
from reconciler.present.table import table


def run(repo: Repo = ".", output: Output = Format.TABLE, cache: Cache = DEFAULT_CACHE) -> None:
    """Lists the clusters that HEAD declares, with what the last sync recorded of each. Exits with 1 when one is not ready.

    Example: reconciler clusters -o json
    """
    rows = run_async(_rows(repo, cache))
    if output is Format.TABLE:
        header = ("NAME", "VERSION", "MODE", "PROVIDER", "REGION", "ZONES", "READY", "OBJECTS", "APPLIED", "CURRENT", "MESSAGE")
        typer.echo(table(header, [row.cells() for row in rows]))
    else:
        print_document([row.document() for row in rows], output)
    raise typer.Exit(exitcodes.DONE if all(row.ready is not False for row in rows) else exitcodes.ANSWER_IS_NO)


async def _rows(repo: str, cache: Path) -> list[ClusterRow]:
    async with session(repo, cache) as opened:
        _, desired = await opened.load("HEAD", check=())
        return cluster_rows(desired.clusters, (await opened.recorded(desired)).state)
