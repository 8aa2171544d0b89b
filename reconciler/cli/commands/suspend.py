"""`suspend`: leave objects on their members as they are."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli import exitcodes
from reconciler.cli.cluster_edits import Branch, DryRun, commit_options
from reconciler.cli.committed_edits import Words
from reconciler.cli.options import Namespace, NoCommit, Repo
from reconciler.cli.suspension import Everything, Target, edit_suspension, moment_of

Reason = Annotated[str, typer.Option("--reason", help="Why, for everyone who reads the status.", metavar="TEXT")]
Until = Annotated[
    str,
    typer.Option(
        "--until", help="When it ends by itself: a duration such as 2h, or a time such as 2026-12-24T08:00:00Z.", metavar="WHEN"
    ),
]


def run(
    target: Target = "",
    everything: Everything = False,
    reason: Reason = "",
    until: Until = "",
    namespace: Namespace = "",
    repo: Repo = ".",
    no_commit: NoCommit = False,
    branch: Branch = "",
    dry_run: DryRun = False,
) -> None:
    """Writes the annotation `reconciler.dev/suspended` to the file of an object, a policy or a Cluster, or `spec.suspended` to
    the Configuration, and commits it; comments stay. From the next sync on, nothing is created, changed, corrected or removed
    there, and it is still decided and shown. A failover does not move it either. It ends with `reconciler resume`, or at the time
    of --until.

    Example: reconciler suspend deployment/web -n shop --until 2h --reason "load test"
    """
    ends = moment_of(until)
    how = commit_options(no_commit=no_commit, branch=branch)
    because = f"\n\n{reason}" if reason else ""
    words = Words(
        f"Suspend {{}}{because.replace('{', '{{').replace('}', '}}')}\n", "{} suspended", "{} already suspended like that"
    )
    edit_suspension(
        repo, target, namespace, lambda one: one.suspending(reason, ends), words, how, everything=everything, dry_run=dry_run
    )
    raise typer.Exit(exitcodes.DONE)
