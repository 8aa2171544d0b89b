"""`clusters`: the members and their recorded state."""

from __future__ import annotations

from pathlib import Path

import typer

from reconciler.cli import exitcodes
from reconciler.cli.options import DEFAULT_CACHE, Cache, Output, Repo
from reconciler.cli.session import run_async, session
from reconciler.cli.terminal import print_document, print_lines
from reconciler.present.document import Format
from reconciler.present.rollup import ClusterRow, cluster_rows, clusters_table


def run(repo: Repo = ".", output: Output = Format.TABLE, cache: Cache = DEFAULT_CACHE) -> None:
    """Lists the clusters that HEAD declares, with what the last sync recorded about each. The exit code is 1 if one is not ready.

    Example: reconciler clusters -o json
    """
    rows = run_async(_rows(repo, cache))
    if output is Format.TABLE:
        print_lines([clusters_table(rows)])
    else:
        print_document([row.document() for row in rows], output)
    raise typer.Exit(exitcodes.DONE if all(row.ready is not False for row in rows) else exitcodes.ANSWER_IS_NO)


async def _rows(repo: str, cache: Path) -> list[ClusterRow]:
    async with session(repo, cache) as opened:
        _, desired = await opened.load("HEAD", check=())
        return cluster_rows(desired.clusters, (await opened.recorded(desired)).state)
