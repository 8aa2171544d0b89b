"""`release`: give back what this reconciler wrote, and leave it as it is."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from reconciler.answers.arguments import refuse_unknown_clusters
from reconciler.answers.session import member_root_of
from reconciler.cli import exitcodes
from reconciler.cli.access import reads_members
from reconciler.cli.git_options import reads_git
from reconciler.cli.options import DEFAULT_CACHE, Cache, Cluster, DryRun, Repo, TableFormat, TableOutput
from reconciler.cli.progress import ProgressBar
from reconciler.cli.session import run_async, session
from reconciler.cli.table_options import prints_tables
from reconciler.cli.terminal import print_document, print_lines, print_remarks, room
from reconciler.cluster.access import Access
from reconciler.model.settings import Mode
from reconciler.passes.connections import open_fleet
from reconciler.passes.preflight import refuse_broken_configuration
from reconciler.passes.release import Releases, plan_releases, release_all, undeclared_members
from reconciler.present.release import planned_table, release_document, release_lines, release_remarks
from reconciler.repo.options import GitOptions

Everything = Annotated[bool, typer.Option("--all", help="Every object of this reconciler. It must be said.")]


@prints_tables
@reads_members
@reads_git
def run(
    git: GitOptions,
    access: Access,
    everything: Everything = False,
    repo: Repo = ".",
    cluster: Cluster = [],  # noqa: B006 -- typer reads it as "none given"
    dry_run: DryRun = False,
    output: TableOutput = TableFormat.TABLE,
    cache: Cache = DEFAULT_CACHE,
) -> None:
    """Removes the marks of this reconciler from every object that it wrote, and its ownership of their fields, by one request for
    each object. No object is deleted and no field changes, so no Pod restarts; another tool can take them over at once. Copied
    EndpointSlices are released, too, and then nothing keeps them up to date. Files and the status branch stay as they are. The
    exit code is 3 if a member did not answer, its file cannot be read, or an object was refused; the command can be repeated.

    Example: reconciler release --all --dry-run
    """
    if not everything:
        raise typer.BadParameter(
            "say --all: it releases every object of the fleet, or of the members of --cluster", param_hint="--all"
        )
    query = _Query(repo, cache, git, access, cluster)
    found, mode = run_async(_release(query, dry_run=dry_run), "reading the repository")
    if output.document is not None:
        print_document(release_document(found), output.document)
    elif dry_run:
        print_lines(planned_table(found, room(wide=output is TableFormat.WIDE)))
    else:
        print_lines(release_lines(found))
    print_remarks(release_remarks(found, mode, dry_run=dry_run))
    raise typer.Exit(exitcodes.DONE if found.is_complete else exitcodes.COULD_NOT)


@dataclass(frozen=True, slots=True)
class _Query:
    """Where the members are, and which of them are meant."""

    repo: str
    cache: Path
    git: GitOptions
    access: Access
    clusters: Collection[str]
    """Empty: all."""


async def _release(query: _Query, *, dry_run: bool) -> tuple[Releases, Mode]:
    """What came of it, and the mode that HEAD states."""
    async with session(query.repo, query.cache, query.git) as opened:
        _, desired = await opened.load("HEAD", check=())
        refuse_broken_configuration(desired)  # It says which objects are ours.
        refuse_unknown_clusters(query.clusters, [cluster.name for cluster in desired.clusters])
        access = replace(query.access, member_root=query.access.member_root or member_root_of(opened.repository))
        clusters = [cluster for cluster in desired.clusters if not query.clusters or cluster.name in query.clusters]
        bar: AbstractContextManager[ProgressBar] = ProgressBar()
        async with open_fleet(clusters, access, desired.settings.instance) as fleet:
            with bar as progress:
                found = await plan_releases(fleet, desired.settings.instance)
                found = replace(found, unread=() if query.clusters else undeclared_members(desired))
                if not dry_run:
                    done = await release_all(found, fleet, desired.settings.concurrency, progress)
                    found = replace(found, outcomes=done)
    return found, desired.settings.mode
