"""`uncordon`: let new objects onto a member again."""

from __future__ import annotations

import typer

from reconciler.cli import exitcodes
from reconciler.cli.cluster_edits import Branch, DryRun, Name, commit_options, edit_cluster
from reconciler.cli.committed_edits import Change
from reconciler.cli.options import NoCommit, Repo
from reconciler.membership.cluster_taints import CORDON, DRAIN, TaintChanges
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName


def run(name: Name, repo: Repo = ".", no_commit: NoCommit = False, branch: Branch = "", dry_run: DryRun = False) -> None:
    """Removes the taints of `cordon` and `drain` from the Cluster's file, and commits the file; other taints, comments and layout
    stay. New objects may be placed on the member again. What has moved away does not come back by this: see `rebalance`.

    Example: reconciler uncordon member1
    """
    edit_cluster(repo, ClusterName(name), _uncordon, commit_options(no_commit=no_commit, branch=branch), dry_run=dry_run)
    raise typer.Exit(exitcodes.DONE)


def _uncordon(cluster: Cluster) -> Change:
    return Change(
        TaintChanges(removed=(CORDON.identity, DRAIN.identity)).edits,
        f"Uncordon {cluster.name}\n\nNew objects may be placed there again.\n",
        f"{cluster.name} cluster uncordoned",
        f"{cluster.name} cluster already uncordoned",
    )
