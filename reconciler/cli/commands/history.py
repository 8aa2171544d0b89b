"""`history`: which commit did what, where, with what result."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from reconciler.answers.arguments import since
from reconciler.answers.history import Filter, ObjectHistories, history_of_all, history_of_object
from reconciler.cli import exitcodes
from reconciler.cli.git_options import reads_git
from reconciler.cli.options import DEFAULT_CACHE, Cache, Cluster, Namespace, Repo, StatusBranch, TableFormat, TableOutput
from reconciler.cli.session import now, run_async, session
from reconciler.cli.table_options import prints_tables
from reconciler.cli.terminal import print_document, print_lines, print_remarks, room
from reconciler.present.history import history_document, history_remarks, history_table, revisions_document, revisions_table
from reconciler.present.style import Style, styled
from reconciler.record.object_history import ObjectHistory
from reconciler.repo.options import GitOptions
from reconciler.review.history import Entry, RevisionEntry

Word = Annotated[str, typer.Argument(help="The object; by default all objects, one line for each revision.", metavar="KIND/NAME")]
Since = Annotated[
    str,
    typer.Option(
        "--since",
        help="Only what was recorded since then: 2026-01-31, or 7d (seven days ago), 12h, 90m.",
        metavar="DATE|DURATION",
    ),
]
Limit = Annotated[int | None, typer.Option("--limit", min=0, help="Only the newest lines; 0 for all.", metavar="NUMBER")]
_ALL_AT_ONCE = 20
"""Revisions that are shown without `--limit` where no object is named."""
_DOING = "reading the history"


@prints_tables
@reads_git
def run(
    git: GitOptions,
    name: Word = "",
    repo: Repo = ".",
    namespace: Namespace = "",
    cluster: Cluster = [],  # noqa: B006 -- typer reads it as "none given"
    since_text: Since = "",
    limit: Limit = None,
    status_branch: StatusBranch = "",
    output: TableOutput = TableFormat.TABLE,
    cache: Cache = DEFAULT_CACHE,
) -> None:
    """Reads the history of the status branch, and contacts no member. For one object, each line is a recorded state that differs
    from the one before: the commit that caused it, what changed on which members, and how it ended. `(no commit)` marks what
    happened in a member while the revision stayed the same, such as drift. Without an object, each line is a revision, with the
    objects that changed while it was in force, and the newest 20 are shown.

    Example: reconciler history deployment/web -n shop --cluster member1 --since 7d
    """
    start = since(since_text, now())
    if name:
        wanted = Filter(namespace, cluster, start, limit or 0)
        histories = run_async(_of_object(repo, cache, git, name, wanted, status_branch), _DOING)
        _print_objects(histories.found, cluster, output)
        if histories.nothing:
            print_remarks([histories.nothing])
            raise typer.Exit(exitcodes.ANSWER_IS_NO)
        return
    limit = (_ALL_AT_ONCE if start is None else 0) if limit is None else limit
    entries, more = run_async(_of_all(repo, cache, git, Filter(namespace, cluster, start, limit), status_branch), _DOING)
    if output.document is not None:
        print_document(revisions_document(entries), output.document)
    else:
        print_lines(revisions_table(entries, room(wide=output is TableFormat.WIDE)))
    if more:
        print_remarks([f"Only the newest {len(entries)} are shown; --limit 0 shows all."])


async def _of_object(repo: str, cache: Path, git: GitOptions, name: str, wanted: Filter, branch: str) -> ObjectHistories:
    async with session(repo, cache, git) as opened:
        return await history_of_object(opened, name, wanted, branch)


async def _of_all(repo: str, cache: Path, git: GitOptions, wanted: Filter, branch: str) -> tuple[list[RevisionEntry], bool]:
    """Newest first, and whether there are more."""
    async with session(repo, cache, git) as opened:
        return await history_of_all(opened, wanted, branch)


def _print_objects(shown: Sequence[tuple[ObjectHistory, list[Entry]]], clusters: list[str], output: TableFormat) -> None:
    if output.document is not None:
        documents: list[Any] = [history_document(history, entries, clusters) for history, entries in shown]
        print_document({"objects": documents}, output.document)
    for history, entries in shown:
        if output.document is None:
            if len(shown) > 1:
                print_lines([styled(str(history.key), Style.HEADING)])
            print_lines(history_table(entries, clusters, room(wide=output is TableFormat.WIDE)))
            if not entries:
                print_remarks([f"{history.key}: nothing was recorded in this time."])
        print_remarks(history_remarks(history, entries))
