"""`status`: the state of every object, as the last sync recorded it."""

from __future__ import annotations

from pathlib import Path

import typer

from reconciler.cli import exitcodes
from reconciler.cli.options import DEFAULT_CACHE, Cache, Cluster, Namespace, Output, Repo
from reconciler.cli.session import refuse_unknown_clusters, run_async, session
from reconciler.cli.terminal import print_document, print_lines, print_remarks
from reconciler.model.recorded import RecordedState
from reconciler.present.document import Format
from reconciler.present.rollup import ObjectRow, object_rows, objects_table


def run(
    repo: Repo = ".",
    namespace: Namespace = "",
    cluster: Cluster = [],  # noqa: B006 -- typer reads it as "none given"
    output: Output = Format.TABLE,
    cache: Cache = DEFAULT_CACHE,
) -> None:
    """Reads the status branch and contacts no member. The exit code is 1 if an object is not applied or not Current.

    Example: reconciler status -n shop
    """
    declared, state = run_async(_recorded(repo, cache))
    refuse_unknown_clusters(cluster, {*declared, *state.clusters})
    rows = [row for row in object_rows(state, cluster) if not namespace or row.key.namespace == namespace]
    if output is Format.TABLE:
        _print(state, rows)
    else:
        print_document({"revision": state.revision, "objects": [row.document() for row in rows]}, output)
    raise typer.Exit(exitcodes.DONE if all(row.well for row in rows) else exitcodes.ANSWER_IS_NO)


def _print(state: RecordedState, rows: list[ObjectRow]) -> None:
    if not state.revision:
        print_remarks(["Nothing is recorded yet. Run `reconciler sync` first."])
        return
    print_lines([objects_table(rows)])
    print_remarks([f"revision {state.revision[:12]}"])


async def _recorded(repo: str, cache: Path) -> tuple[list[str], RecordedState]:
    """The clusters that HEAD declares, and the recorded state."""
    async with session(repo, cache) as opened:
        _, desired = await opened.load("HEAD", check=())
        return [cluster.name for cluster in desired.clusters], (await opened.recorded(desired)).state
