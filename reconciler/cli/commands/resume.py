"""`resume`: end a suspension."""

from __future__ import annotations

import typer

from reconciler.cli import exitcodes
from reconciler.cli.cluster_edits import Branch, DryRun, commit_options
from reconciler.cli.committed_edits import Words
from reconciler.cli.options import Namespace, NoCommit, Repo
from reconciler.cli.suspension import Everything, Target, edit_suspension


def run(
    target: Target = "",
    everything: Everything = False,
    namespace: Namespace = "",
    repo: Repo = ".",
    no_commit: NoCommit = False,
    branch: Branch = "",
    dry_run: DryRun = False,
) -> None:
    """Removes what `reconciler suspend` wrote, and commits the file; comments stay. From the next sync on, members are brought to
    what Git says. A suspension in `spec.suspension` of a policy, which is Karmada's, stays.

    Example: reconciler resume cluster/member1
    """
    how = commit_options(no_commit=no_commit, branch=branch)
    words = Words("Resume {}\n", "{} resumed", "{} is not suspended")
    edit_suspension(repo, target, namespace, lambda one: one.resuming(), words, how, everything=everything, dry_run=dry_run)
    raise typer.Exit(exitcodes.DONE)
