"""`taint`: add taints to a Cluster, or remove them."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli import exitcodes
from reconciler.cli.cluster_edits import Branch, DryRun, Overwrite, cluster_and_words, commit_options, edit_cluster
from reconciler.cli.committed_edits import Change
from reconciler.cli.options import NoCommit, Repo
from reconciler.edit.object_text import ArgumentError
from reconciler.membership.cluster_taints import TaintChanges
from reconciler.model.cluster import Cluster

Words = Annotated[
    list[str],
    typer.Argument(
        help="The Cluster's name; then KEY=VALUE:EFFECT or KEY:EFFECT for each taint to add, KEY:EFFECT- or KEY- to remove.",
        metavar="CLUSTER TAINT...",
    ),
]


def run(
    words: Words,
    repo: Repo = ".",
    overwrite: Overwrite = False,
    no_commit: NoCommit = False,
    branch: Branch = "",
    dry_run: DryRun = False,
) -> None:
    """Edits spec.taints in the Cluster's file, and commits the file; comments and layout stay. The effects are NoSchedule,
    PreferNoSchedule and NoExecute. `reconciler simulate --taint` shows first what a taint would move.

    Example: reconciler taint member1 gpu=no:NoSchedule maintenance:NoExecute-
    """
    name, arguments = cluster_and_words(words)
    try:
        changes = TaintChanges.parse(arguments)
    except ArgumentError as error:
        raise typer.BadParameter(str(error)) from None

    def change(cluster: Cluster) -> Change:
        changes.refuse_conflicts(cluster.name, cluster.taints, overwrite=overwrite)
        return Change(
            changes.edits,
            f"Taint {cluster.name}: {' '.join(arguments)}\n",
            f"cluster/{cluster.name} {changes.verb}",
            f"cluster/{cluster.name} already {changes.verb}",
        )

    edit_cluster(repo, name, change, commit_options(no_commit=no_commit, branch=branch), dry_run=dry_run)
    raise typer.Exit(exitcodes.DONE)
