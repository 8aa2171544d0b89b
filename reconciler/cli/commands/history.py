"""`history`: which commit did what, where, with what result."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from reconciler.cli import exitcodes
from reconciler.cli.git_options import reads_git
from reconciler.cli.options import DEFAULT_CACHE, Cache, Cluster, Namespace, Repo, TableFormat, TableOutput
from reconciler.cli.recorded_objects import (
    StatusBranch,
    StatusHead,
    named_histories,
    never_on,
    never_recorded,
    since,
    status_head,
)
from reconciler.cli.session import Session, now, refuse_unknown_clusters, run_async, session
from reconciler.cli.table_options import prints_tables
from reconciler.cli.terminal import print_document, print_lines, print_remarks, room
from reconciler.present.history import history_document, history_remarks, history_table, revisions_document, revisions_table
from reconciler.present.style import Style, styled
from reconciler.record.object_history import ObjectHistory, read_steps
from reconciler.repo.options import GitOptions
from reconciler.review.history import Entry, RevisionEntry, object_entries, revision_entries

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
        found, message = run_async(_of_object(repo, cache, git, name, namespace, cluster, status_branch), _DOING)
        shown = [(history, _newest(entries, start, limit or 0)) for history, entries in found]
        _print_objects(shown, cluster, output)
        if message:
            print_remarks([message])
            raise typer.Exit(exitcodes.ANSWER_IS_NO)
        return
    limit = (_ALL_AT_ONCE if start is None else 0) if limit is None else limit
    entries, more = run_async(_of_all(repo, cache, git, namespace, cluster, status_branch, start, limit), _DOING)
    if output.document is not None:
        print_document(revisions_document(entries), output.document)
    else:
        print_lines(revisions_table(entries, room(wide=output is TableFormat.WIDE)))
    if more:
        print_remarks([f"Only the newest {len(entries)} are shown; --limit 0 shows all."])


async def _of_object(
    repo: str, cache: Path, git: GitOptions, name: str, namespace: str, clusters: list[str], branch: str
) -> tuple[list[tuple[ObjectHistory, list[Entry]]], str]:
    """The histories with their entries, oldest first, and the message where there are none."""
    async with session(repo, cache, git) as opened:
        head = await status_head(opened, branch)
        histories = await named_histories(opened, head, name, namespace)
        if not histories:
            return [], await never_recorded(opened, head, name, namespace)
        if strange := never_on(clusters, histories):
            await _refuse_unknown(opened, head, clusters)
            return [], strange
        return [(one, await object_entries(opened.repository, one, clusters)) for one in histories], ""


async def _of_all(
    repo: str, cache: Path, git: GitOptions, namespace: str, clusters: list[str], branch: str, start: datetime | None, limit: int
) -> tuple[list[RevisionEntry], bool]:
    """Newest first, and whether there are more."""
    async with session(repo, cache, git) as opened:
        head = await status_head(opened, branch)
        await _refuse_unknown(opened, head, clusters)
        size = _FIRST_READ if limit else None
        while True:
            entries, is_all = await _read(opened, head, size, namespace, clusters)
            recent = [one for one in entries if start is None or one.ended >= start]
            # The last revision that was read may go on in older commits, so one more than wanted must be there.
            if size is None or is_all or (limit and len(recent) > limit) or len(recent) < len(entries):
                return (recent[:limit], len(recent) > limit) if limit else (recent, False)
            size *= 8


async def _refuse_unknown(opened: Session, head: StatusHead, clusters: list[str]) -> None:
    """Raises BadParameter for a name that HEAD does not declare and that was never recorded."""
    if not clusters:
        return
    _, desired = await opened.load("HEAD", check=())
    declared = {str(cluster.name) for cluster in desired.clusters}
    strange = set(clusters) - declared
    if strange:
        entries, _ = await _read(opened, head, None, "", sorted(strange))
        changes = [one for entry in entries for of_object in entry.objects.values() for one in of_object]
        recorded = {str(name) for one in changes for name in (*one.clusters, *one.source)}
        refuse_unknown_clusters(strange - recorded, declared)


_FIRST_READ = 64
"""Commits of the status branch that are read first; where they are too few, eight times as many."""


async def _read(
    opened: Session, head: StatusHead, size: int | None, namespace: str, clusters: list[str]
) -> tuple[list[RevisionEntry], bool]:
    """The revisions in the newest commits of the branch, and whether these are all."""
    steps = await read_steps(opened.repository, head.commit, size)
    return await revision_entries(opened.repository, steps, namespace, clusters), size is None or len(steps) < size


def _newest(entries: list[Entry], start: datetime | None, limit: int) -> list[Entry]:
    """Newest first."""
    recent = [one for one in reversed(entries) if start is None or one.state.commit.time >= start]
    return recent[:limit] if limit > 0 else recent


def _print_objects(shown: list[tuple[ObjectHistory, list[Entry]]], clusters: list[str], output: TableFormat) -> None:
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
