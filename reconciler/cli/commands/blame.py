"""`blame`: where each line of a manifest comes from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli import exitcodes
from reconciler.cli.access import reaches_members
from reconciler.cli.git_options import reads_git
from reconciler.cli.options import DEFAULT_CACHE, Cache, Namespace, Output, Repo
from reconciler.cli.recorded_objects import Object, StatusBranch, named_histories, never_recorded, one_object, status_head
from reconciler.cli.session import member_root_of, now, run_async, session
from reconciler.cli.table_options import prints_tables
from reconciler.cli.terminal import print_document, print_lines, print_remarks, room
from reconciler.cluster.access import Access
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.passes.connections import open_fleet
from reconciler.present.blame import blame_document, blame_remarks, blame_table, foreign_table
from reconciler.present.document import Format
from reconciler.record.object_history import ObjectHistory, read_members
from reconciler.repo.options import GitOptions
from reconciler.review.blame import Blame, blame, read_foreign_fields
from reconciler.review.recorded_manifest import recorded_manifest

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
        head = await status_head(opened, branch)
        histories = await named_histories(opened, head, name, namespace)
        if not histories:
            return None, await never_recorded(opened, head, name, namespace)
        history = one_object(histories, name)
        if reason := _not_there(history, cluster):
            return None, reason
        repository = opened.repository
        revision = await repository.resolve(history.revision, recorded=True)
        recorded = await repository.resolve(head.commit, recorded=True)
        member = (await read_members(repository, recorded, [cluster])).get(cluster)
        if member is None:
            return None, f"{head.branch} records nothing of a member {cluster}"
        found = await recorded_manifest(repository, revision, history.states[-1].facts, member, now())
        if found is None and (parent := _parent_of(history)) is not None:
            chart = f"{parent.kind.lower()}/{parent.name} -n {parent.namespace}"
            return None, f"{history.key} is expanded from {parent}. `reconciler blame {chart}` shows who wrote that."
        if found is None:
            return None, f"{history.key} cannot be rendered for {cluster}. `reconciler explain {name}` says why."
        result = await blame(repository, found, cluster)
        if not live:
            return result, ""
        access = replace(access, member_root=access.member_root or member_root_of(repository))
        async with open_fleet([found.member], access, found.settings.instance) as fleet:
            foreign, message = await read_foreign_fields(fleet, history.key)
        return replace(result, foreign=foreign), message or (
            "" if foreign else f"Nobody else manages a field of it on {cluster}."
        )


def _parent_of(history: ObjectHistory) -> ResourceKey | None:
    newest = history.states[-1].facts.decision
    return newest.parent if newest is not None else None


def _not_there(history: ObjectHistory, cluster: ClusterName) -> str:
    """Why the member must not hold the object; empty where it must."""
    newest = history.states[-1].facts.decision
    if newest is not None and cluster in newest.cluster_names:
        return ""
    was = any(one.facts.decision is not None and cluster in one.facts.decision.cluster_names for one in history.states)
    where = f"It is on {', '.join(newest.cluster_names)}." if newest is not None and newest.cluster_names else "It is nowhere."
    hint = f" It was there: `reconciler history {history.key.kind.lower()}/{history.key.name}` shows until when." if was else ""
    return f"{history.key} is not on {cluster}. {where}{hint}"
