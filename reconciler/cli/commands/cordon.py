"""`cordon`: keep new objects away from a member."""

from __future__ import annotations

import typer

from reconciler.cli import exitcodes
from reconciler.cli.cluster_edits import Branch, DryRun, Name, commit_options, edit_cluster
from reconciler.cli.committed_edits import Change
from reconciler.cli.options import NoCommit, Repo
from reconciler.membership.cluster_taints import CORDON, TaintChanges
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName


def run(name: Name, repo: Repo = ".", no_commit: NoCommit = False, branch: Branch = "", dry_run: DryRun = False) -> None:
    """Adds the taint `cluster.karmada.io/unschedulable:NoSchedule` to the Cluster's file, and commits the file; comments and
    layout stay. From the next sync on, the member gets no object that it does not hold already, except of policies that tolerate
    the taint. What it holds stays: see `drain`.

    Example: reconciler cordon member1
    """
    edit_cluster(repo, ClusterName(name), _cordon, commit_options(no_commit=no_commit, branch=branch), dry_run=dry_run)
    raise typer.Exit(exitcodes.DONE)


def _cordon(cluster: Cluster) -> Change:
    return Change(
        TaintChanges(added=(CORDON,)).edits,
        f"Cordon {cluster.name}\n\nThe taint {CORDON} keeps new objects away.\n",
        f"{cluster.name} cluster cordoned",
        f"{cluster.name} cluster already cordoned",
    )
