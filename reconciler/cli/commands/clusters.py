"""`clusters`: the members and their recorded state."""

from __future__ import annotations

import typer

from reconciler.cli.clusters import ClusterQuery, show_clusters
from reconciler.cli.git_options import reads_git
from reconciler.cli.options import DEFAULT_CACHE, Cache, Labels, Repo, TableFormat, TableOutput
from reconciler.cli.table_options import prints_tables
from reconciler.repo.options import GitOptions


@prints_tables
@reads_git
def run(
    git: GitOptions, repo: Repo = ".", labels: Labels = "", output: TableOutput = TableFormat.TABLE, cache: Cache = DEFAULT_CACHE
) -> None:
    """Lists the clusters that HEAD declares, with what the last sync recorded about each. With -o wide also labels, taints, and
    the age of the file that declares the cluster. The exit code is 1 if one is not ready, or was not read by any sync yet,
    and 3 if nothing is recorded, or the status branch is not in this clone.

    Example: reconciler clusters -o wide
    """
    raise typer.Exit(show_clusters(ClusterQuery(repo, cache, git, labels=labels), output))
