"""`status`: the state of every object, as the last sync, or an earlier one, recorded it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from reconciler.answers.recorded_objects import status_head
from reconciler.answers.status import Filter, Past, Statuses, recorded_now, recorded_then, statuses_of
from reconciler.cli import exitcodes
from reconciler.cli.access import reads_members
from reconciler.cli.git_options import reads_git
from reconciler.cli.options import DEFAULT_CACHE, Cache, Cluster, Labels, Namespace, Repo, StatusBranch, TableFormat, TableOutput
from reconciler.cli.orphans import OrphanQuery, show_orphans
from reconciler.cli.session import now, run_async, session
from reconciler.cli.status_following import follow_rows
from reconciler.cli.table_options import prints_tables
from reconciler.cli.terminal import print_document, print_lines, print_remarks, room
from reconciler.cluster.access import Access
from reconciler.present.rollup import ObjectRow, objects_table
from reconciler.record.status_branch import read_recorded
from reconciler.repo.options import GitOptions
from reconciler.repo.remote_url import is_url

Words = Annotated[
    list[str],
    typer.Argument(
        help="Kinds, in any spelling of kubectl, and names; by default everything.",
        metavar="KIND[,KIND…] [NAME…] | KIND/NAME…",
    ),
]
PastAt = Annotated[
    str,
    typer.Option(
        "--at",
        help="As it was then: a revision, a commit of the status branch, or a time: 2026-01-31T12:00, or 3d (three days ago).",
        metavar="REVISION|DATE",
    ),
]
Unhealthy = Annotated[bool, typer.Option("--unhealthy", help="Only objects that are not applied or not Current everywhere.")]

Everywhere = Annotated[
    bool, typer.Option("--all-namespaces", "-A", help="Objects of all namespaces, whatever RECONCILER_NAMESPACE says.")
]
Watch = Annotated[bool, typer.Option("--watch", "-w", help="Print the objects, then each row that changes, until interrupted.")]
Orphans = Annotated[
    bool, typer.Option("--orphans", help="Ask the members for objects with our marks that no file and no record knows.")
]


@prints_tables
@reads_members
@reads_git
def run(
    git: GitOptions,
    access: Access,
    words: Words = [],  # noqa: B006 -- typer reads it as "none given"
    repo: Repo = ".",
    namespace: Namespace = "",
    everywhere: Everywhere = False,
    cluster: Cluster = [],  # noqa: B006 -- typer reads it as "none given"
    labels: Labels = "",
    unhealthy: Unhealthy = False,
    orphans: Orphans = False,
    watch: Watch = False,
    at: PastAt = "",
    status_branch: StatusBranch = "",
    output: TableOutput = TableFormat.TABLE,
    cache: Cache = DEFAULT_CACHE,
) -> None:
    """Reads the status branch and contacts no member: it shows what the last sync saw. What somebody changed in the members since
    then (drift), `reconciler diff HEAD --live` shows. Labels are those of the templates in HEAD. The exit code is 1 if an object
    is not applied or not Current, a file has an error, or no object matches the arguments, and 3 if nothing is recorded, or the
    status branch is not in this clone. The health of objects in directory members is not observed: NotObserved does not count
    as a problem, nor do Suspended, which is what a policy asks for, copies that are kept as spec.unclaimed asks for, Kept, which
    is a copy that is no longer wanted and that something keeps, and templates that no policy claims and no member has:
    `validate` warns of them. What is used of FederatedResourceQuotas stands below. With --at, shows what was recorded last while
    that revision was in force, or up to that time. With --orphans alone, the members are asked, and the exit code is 1 if one has
    such an object.

    Example: reconciler status deployment/web -n shop
    """
    asked = Filter(words, "" if everywhere else namespace, cluster, labels, unhealthy)
    branch = _Branch(repo, cache, git, status_branch)
    if orphans:
        if watch or at or labels or unhealthy:
            raise typer.BadParameter("--orphans is about the members as they are now: leave out -w, -l, --at and --unhealthy")
        raise typer.Exit(show_orphans(OrphanQuery(repo, cache, git, access, cluster, asked.names_key), output))
    if watch:
        if at or output.document is not None:
            raise typer.BadParameter("-w prints a table of what is recorded from now on: leave out --at and -o json or yaml")
        run_async(_follow(branch, asked, wide=output is TableFormat.WIDE))
        raise typer.Exit(exitcodes.DONE)
    past = run_async(_past(branch, at, whole=bool(labels or cluster)), "reading the repository")
    raise typer.Exit(_show(past, asked, output))


def _show(past: Past, asked: Filter, output: TableFormat) -> int:
    """Prints what is recorded, and returns the exit code. Raises ArgumentError."""
    print_remarks(past.remarks)
    statuses = statuses_of(past, asked)
    if output.document is not None:
        print_document(statuses.document, output.document)
    elif not past.nothing:
        _print(statuses, wide=output is TableFormat.WIDE)
    if past.nothing:
        print_remarks(past.nothing)
        return exitcodes.COULD_NOT
    return exitcodes.DONE if statuses.is_well else exitcodes.ANSWER_IS_NO


def _print(statuses: Statuses, *, wide: bool) -> None:
    rows, remark = statuses.rows, statuses.nothing_matches
    if rows or not remark:
        space = room(wide=wide)
        print_lines(objects_table(rows, space))
        if statuses.asked.words and space.width is not None:
            print_remarks(f"{row.key}: {row.told}" for row in rows if row.told)
    else:
        print_remarks([remark])
    print_remarks(statuses.closing_lines())


@dataclass(frozen=True, slots=True)
class _Branch:
    """Where the record is."""

    repo: str
    cache: Path
    git: GitOptions
    name: str
    """Empty: as the Configuration says."""


async def _follow(branch: _Branch, asked: Filter, *, wide: bool) -> None:
    """Raises NothingRecordedError where nothing is recorded."""
    heads: list[str] = []

    async def newest() -> list[ObjectRow] | None:
        async with session(branch.repo, branch.cache, branch.git) as opened:
            head = await status_head(opened, branch.name)
            if heads and heads[-1] == head.commit:
                return None
            heads[:] = [head.commit]
            _, desired = await opened.load("HEAD", check=())
            return asked.shown(asked.matching(desired, (await read_recorded(opened.repository, head.branch)).state))

    await follow_rows(await newest() or [], newest, wide=wide, remote=is_url(branch.repo))


async def _past(where: _Branch, at: str, *, whole: bool) -> Past:
    async with session(where.repo, where.cache, where.git) as opened:
        return await (
            recorded_then(opened, now(), at, where.name, whole=whole) if at else recorded_now(opened, now(), where.name)
        )
