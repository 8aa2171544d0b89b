"""`rollout`: how far a change is on its way to the clusters, and what people decide about it."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli import exitcodes
from reconciler.cli.cluster_edits import Branch, DryRun, commit_options
from reconciler.cli.git_options import reads_git
from reconciler.cli.options import DEFAULT_CACHE, Cache, NoCommit, Repo, StatusBranch, TableFormat, TableOutput
from reconciler.cli.rollout_edits import abort_rollout, edit_rollout, pause_change, resume_change, stated_change
from reconciler.cli.rollout_status import show_rollouts
from reconciler.cli.table_options import prints_tables
from reconciler.edit.rollout_controls import Control
from reconciler.model.rollout import EVERY_GROUP
from reconciler.repo.options import GitOptions

Name = Annotated[
    str,
    typer.Argument(
        help="The policy with a rollout of its own, as NAMESPACE/NAME or NAME. By default the rollout of the Configuration.",
        metavar="NAME",
    ),
]
Which = Annotated[
    str, typer.Argument(help="One rollout: a policy as NAMESPACE/NAME or NAME, or Configuration. By default all.", metavar="NAME")
]
Group = Annotated[str, typer.Argument(help="The group, as the strategy names it.", metavar="GROUP")]
Words = Annotated[
    list[str] | None,
    typer.Argument(help="The group, and a policy with a rollout of its own; with --all only the policy.", metavar="GROUP [NAME]"),
]
Reason = Annotated[str, typer.Option("--reason", help="Why, for everyone who reads the status.", metavar="TEXT")]
All = Annotated[bool, typer.Option("--all", help="All groups, also where the rollout has failed.")]


@prints_tables
@reads_git
def status(
    git: GitOptions,
    name: Which = "",
    repo: Repo = ".",
    status_branch: StatusBranch = "",
    output: TableOutput = TableFormat.TABLE,
    cache: Cache = DEFAULT_CACHE,
) -> None:
    """Show how far rollouts are, from the status branch.

    For each rollout: the commit that is rolled out, its groups in order, how far each cluster is, what it waits for, what waits
    after it, and who paused it in HEAD. The exit code is 1 if a rollout has failed, and 3 if nothing is recorded, or the status
    branch is not in this clone.

    Example: reconciler rollout status
    """
    raise typer.Exit(show_rollouts(repo, cache, git, status_branch, name, output))


def pause(
    name: Name = "",
    reason: Reason = "",
    repo: Repo = ".",
    no_commit: NoCommit = False,
    branch: Branch = "",
    dry_run: DryRun = False,
) -> None:
    """Let no further cluster begin, by a commit.

    Clusters that have the change keep it, and all others keep what they have. What can fail is still watched.

    Example: reconciler rollout pause --reason "errors in the shop"
    """
    edit_rollout(repo, name, pause_change(reason), commit_options(no_commit=no_commit, branch=branch), dry_run=dry_run)
    raise typer.Exit(exitcodes.DONE)


def resume(name: Name = "", repo: Repo = ".", no_commit: NoCommit = False, branch: Branch = "", dry_run: DryRun = False) -> None:
    """End a pause, by a commit.

    Example: reconciler rollout resume
    """
    edit_rollout(repo, name, resume_change, commit_options(no_commit=no_commit, branch=branch), dry_run=dry_run)
    raise typer.Exit(exitcodes.DONE)


def approve(
    group: Group,
    name: Name = "",
    repo: Repo = ".",
    no_commit: NoCommit = False,
    branch: Branch = "",
    dry_run: DryRun = False,
) -> None:
    """Let a group begin that needs an approval, by a commit.

    It begins when it is its turn. The approval counts for the commit that the status branch says is rolled out, and for no
    other one.

    Example: reconciler rollout approve europe
    """
    change = stated_change(Control.APPROVED, group)
    edit_rollout(repo, name, change, commit_options(no_commit=no_commit, branch=branch), dry_run=dry_run)
    raise typer.Exit(exitcodes.DONE)


def promote(
    words: Words = None,
    every: All = False,
    repo: Repo = ".",
    no_commit: NoCommit = False,
    branch: Branch = "",
    dry_run: DryRun = False,
) -> None:
    """Let a group begin now, without waiting for the groups before it, by a commit.

    With --all, the change reaches all clusters in the next sync; a rollout that has failed goes on, too. The promotion counts
    for the commit that the status branch says is rolled out, and for no other one.

    Example: reconciler rollout promote --all
    """
    given = list(words or ())
    if every:
        given = [EVERY_GROUP, *given]
    if not given or len(given) > 2:
        raise typer.BadParameter("name one group, or --all; then, if it has a rollout of its own, one policy")
    group, name = given[0], given[1] if len(given) == 2 else ""
    change = stated_change(Control.PROMOTED, group)
    edit_rollout(repo, name, change, commit_options(no_commit=no_commit, branch=branch), dry_run=dry_run)
    raise typer.Exit(exitcodes.DONE)


def abort(name: Name = "", repo: Repo = ".", no_commit: NoCommit = False, branch: Branch = "", dry_run: DryRun = False) -> None:
    """Take a change back that is rolled out, by a commit.

    The files of its objects, of their policy and of override policies that changed become what they were before. In the next
    sync, clusters that have the change go back at once; the others have nothing to do. Files that a newer commit changed again
    are refused.

    Example: reconciler rollout abort
    """
    abort_rollout(repo, name, commit_options(no_commit=no_commit, branch=branch), dry_run=dry_run)
    raise typer.Exit(exitcodes.DONE)


SUBCOMMANDS = {"status": status, "pause": pause, "resume": resume, "approve": approve, "promote": promote, "abort": abort}
"""Verb of the group → its function, in the order of the help."""
EXAMPLE = "reconciler rollout status"
