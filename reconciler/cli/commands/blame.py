"""`blame`: where each line of a manifest comes from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from reconciler.answers.blame import blame_named
from reconciler.answers.session import member_root_of
from reconciler.cli import exitcodes
from reconciler.cli.access import reaches_members
from reconciler.cli.git_options import reads_git
from reconciler.cli.options import DEFAULT_CACHE, Cache, Namespace, Object, Output, Repo, StatusBranch
from reconciler.cli.session import now, run_async, session
from reconciler.cli.table_options import prints_tables
from reconciler.cli.terminal import print_document, print_lines, print_remarks, room
from reconciler.cluster.access import Access
from reconciler.model.keys import ClusterName
from reconciler.passes.connections import open_fleet
from reconciler.present.blame import blame_document, blame_remarks, blame_table, foreign_table
from reconciler.present.document import Format
from reconciler.repo.options import GitOptions
from reconciler.review.blame import Blame, read_foreign_fields

Member = Annotated[list[str], typer.Option("--cluster", envvar="RECONCILER_CLUSTER", help="The member.", metavar="NAME")]
Live = Annotated[
    bool, typer.Option("--live", help="Also read the member, and list the fields of the object that other clients manage there.")
]


@prints_tables
@reaches_members
@reads_git
def run(
    git: GitOptions,
    access: Access,
    name: Object,
    cluster: Member,
    repo: Repo = ".",
    namespace: Namespace = "",
    live: Live = False,
    status_branch: StatusBranch = "",
    output: Output = Format.TABLE,
    cache: Cache = DEFAULT_CACHE,
) -> None:
    """Shows the manifest that the last sync rendered for one member, line by line: the commit that wrote the line, its author and
    date, the file and the line there, and the rule that set it, where it is not the template: an override rule, `scheduling` (the
    number of replicas, by the policy), or `marks` (what the program adds). Values of a Secret are masked. What was committed
    since the last sync does not count; `explain` shows that.

    Example: reconciler blame deploy/web -n shop --cluster member1
    """
    if len(cluster) != 1:
        raise typer.BadParameter(f"one member at a time, not {' and '.join(cluster)}", param_hint="--cluster")
    found, message = run_async(
        _blame(repo, cache, git, name, namespace, ClusterName(cluster[0]), status_branch, access, live), "reading the history"
    )
    if isinstance(found, Blame):
        if output is Format.TABLE:
            print_lines(blame_table(found, room()))
            if found.foreign:
                print_lines(["", *foreign_table(found, room())])
        else:
            print_document(blame_document(found), output)
        print_remarks(blame_remarks(found))
    if message:
        print_remarks([message])
    if found is None:
        raise typer.Exit(exitcodes.ANSWER_IS_NO)


async def _blame(
    repo: str,
    cache: Path,
    git: GitOptions,
    name: str,
    namespace: str,
    cluster: ClusterName,
    branch: str,
    access: Access,
    live: bool,
) -> tuple[Blame | None, str]:
    """None and the reason where the object is not on the member."""
    async with session(repo, cache, git) as opened:
        blamed = await blame_named(opened, name, cluster, now(), namespace=namespace, branch=branch)
        if blamed.blame is None or blamed.recorded is None or not live:
            return blamed.blame, blamed.nothing
        access = replace(access, member_root=access.member_root or member_root_of(opened.repository))
        async with open_fleet([blamed.recorded.member], access, blamed.recorded.settings.instance) as fleet:
            foreign, message = await read_foreign_fields(fleet, blamed.blame.key)
        return replace(blamed.blame, foreign=foreign), message or (
            "" if foreign else f"Nobody else manages a field of it on {cluster}."
        )
