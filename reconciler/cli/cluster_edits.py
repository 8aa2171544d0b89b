"""`cordon`, `uncordon`, `taint`, `label` and `drain`: the edit of one Cluster file, and what is printed about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from reconciler.answers.arguments import refuse_unknown_clusters
from reconciler.cli.committed_edits import Change, commit_edit
from reconciler.cli.session import run_async, work_tree
from reconciler.edit.committed_edit import CommitOptions
from reconciler.edit.object_text import ArgumentError
from reconciler.edit.work_tree import WorkTree
from reconciler.membership.cluster_file import change_of, find_cluster
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.repo.client import Repository

Name = Annotated[str, typer.Argument(help="The Cluster's name.", metavar="CLUSTER")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace another value that is there already.")]
Branch = Annotated[str, typer.Option("--branch", help="Commit on a new branch of this name, for a pull request.", metavar="NAME")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would be written, and write nothing.")]
_KIND = frozenset({"cluster", "clusters"})
"""The word before the name of a Cluster, in kubectl and karmadactl."""


def commit_options(*, no_commit: bool, branch: str) -> CommitOptions:
    """Raises BadParameter."""
    if no_commit and branch:
        raise typer.BadParameter("there is no commit to put on a branch", param_hint="--branch")
    return CommitOptions(commit=not no_commit, branch=branch)


def cluster_and_words(words: Sequence[str]) -> tuple[ClusterName, list[str]]:
    """The Cluster's name and what follows it: of `member1 a=b`, and as kubectl takes them, `clusters member1 a=b` and
    `cluster/member1 a=b`. Raises BadParameter."""
    rest = list(words)
    if len(rest) > 1 and rest[0].lower() in _KIND and not set("=:").intersection(rest[1]) and not rest[1].endswith("-"):
        rest = rest[1:]
    kind, slash, name = rest[0].partition("/")
    name = name if slash and kind.lower() in _KIND else rest[0]
    if not rest[1:]:
        raise typer.BadParameter(f"nothing is said about {name}; see --help")
    return ClusterName(name), rest[1:]


def edit_cluster(repo: str, name: ClusterName, change: Callable[[Cluster], Change], how: CommitOptions, *, dry_run: bool) -> None:
    """Edits and commits the file of the Cluster, and prints what was done. Raises BadParameter, ReconcilerError."""
    run_async(_edit(repo, name, change, how, dry_run=dry_run))


async def _edit(repo: str, name: ClusterName, change: Callable[[Cluster], Change], how: CommitOptions, *, dry_run: bool) -> None:
    async with work_tree(repo) as repository:
        tree = await WorkTree.open(repository, commit=how.in_work_tree)
        await commit_change(repository, tree, declared(tree, name), change, how, dry_run=dry_run)


def declared(tree: WorkTree, name: ClusterName) -> Cluster:
    """The Cluster of that name. Raises BadParameter."""
    cluster = find_cluster(tree, name)
    if cluster is None:
        refuse_unknown_clusters([name], {one.name for one in tree.desired.clusters})
        raise AssertionError("unreachable: an unknown name is refused")
    return cluster


async def commit_change(
    repository: Repository,
    tree: WorkTree,
    cluster: Cluster,
    change: Callable[[Cluster], Change],
    how: CommitOptions,
    *,
    dry_run: bool,
) -> None:
    """Raises BadParameter, ReconcilerError."""
    try:
        wanted = change(cluster)
    except ArgumentError as error:
        raise typer.BadParameter(str(error)) from None
    await commit_edit(repository, tree, change_of(cluster, wanted.edits), wanted.words, how, dry_run=dry_run)
