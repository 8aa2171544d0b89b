"""`label`: set labels of a Cluster, or remove them."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli import exitcodes
from reconciler.cli.cluster_edits import Branch, DryRun, Overwrite, cluster_and_words, commit_options, edit_cluster
from reconciler.cli.committed_edits import Change
from reconciler.cli.options import NoCommit, Repo
from reconciler.edit.object_text import ArgumentError
from reconciler.membership.cluster_labels import LabelChanges
from reconciler.model.cluster import Cluster

Words = Annotated[
    list[str],
    typer.Argument(
        help="The Cluster's name; then KEY=VALUE for each label to set, KEY- for each to remove.", metavar="CLUSTER LABEL..."
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
    """Edits metadata.labels in the Cluster's file, and commits the file; comments and layout stay. Other objects are labelled by
    an edit of their file. `reconciler simulate --label` shows first what a label would move.

    Example: reconciler label member1 environment=prod tier-
    """
    name, arguments = cluster_and_words(words)
    try:
        changes = LabelChanges.parse(arguments)
    except ArgumentError as error:
        raise typer.BadParameter(str(error)) from None
    verb = "labeled" if changes.values else "unlabeled"

    def change(cluster: Cluster) -> Change:
        changes.refuse_conflicts(cluster.name, cluster.labels, overwrite=overwrite)
        return Change(
            changes.edits,
            f"Label {cluster.name}: {' '.join(arguments)}\n",
            f"cluster/{cluster.name} {verb}",
            f"cluster/{cluster.name} already {verb}",
        )

    edit_cluster(repo, name, change, commit_options(no_commit=no_commit, branch=branch), dry_run=dry_run)
    raise typer.Exit(exitcodes.DONE)
