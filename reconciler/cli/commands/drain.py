"""`drain`: move what a member runs to other members."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Annotated

import typer

from reconciler.cli import exitcodes
from reconciler.cli.cluster_edits import Branch, DryRun, Name, commit_change, commit_options, declared
from reconciler.cli.committed_edits import Change
from reconciler.cli.options import DEFAULT_CACHE, NoCommit, Repo
from reconciler.cli.render_options import expands
from reconciler.cli.session import now, run_async, work_tree
from reconciler.cli.terminal import print_lines, print_remarks
from reconciler.cli.working import working
from reconciler.edit.committed_edit import CommitOptions
from reconciler.edit.work_tree import WorkTree
from reconciler.expanding.expanding_compiler import with_expansions
from reconciler.expanding.programs import Programs
from reconciler.membership.cluster_taints import DRAIN, TaintChanges
from reconciler.model.cluster import Cluster
from reconciler.model.failover import FailoverMode
from reconciler.model.keys import ClusterName
from reconciler.pipeline.process.client import ThreadCompiler
from reconciler.present.timeline import FAILOVER_REMEDY, timeline_lines
from reconciler.record.status_branch import read_recorded
from reconciler.review.timeline import Incident, Timeline, simulate_time

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Write the commit without a question.")]
_SIMULATED = timedelta(hours=24)
"""How far the simulation looks ahead; longer tolerations are shown as what waits."""


@expands
def run(
    programs: Programs,
    name: Name,
    yes: Yes = False,
    repo: Repo = ".",
    no_commit: NoCommit = False,
    branch: Branch = "",
    dry_run: DryRun = False,
) -> None:
    """Shows first what would move, where to, and what would find no place. Then, with --yes or after a question on a terminal,
    adds the taint `reconciler.dev/drain:NoExecute` to the Cluster's file, and commits the file. From the next sync on, objects
    leave the member, each when its copy elsewhere is Current, within the limits of spec.failover of the Configuration; what no
    other cluster can take stays. With spec.failover off, nothing leaves, and the command says so. `reconciler uncordon` ends it.
    The exit code is 1 if nothing was written because nobody agreed.

    Example: reconciler drain member1 --yes
    """
    how = commit_options(no_commit=no_commit, branch=branch)
    raise typer.Exit(run_async(_drain(repo, programs, ClusterName(name), how, yes=yes, dry_run=dry_run)))


async def _drain(repo: str, programs: Programs, name: ClusterName, how: CommitOptions, *, yes: bool, dry_run: bool) -> int:
    """The exit code. Raises BadParameter, ReconcilerError."""
    async with work_tree(repo) as repository:
        tree = await WorkTree.open(repository, commit=how.in_work_tree)
        cluster = declared(tree, name)
        if DRAIN.identity not in {taint.identity for taint in cluster.taints}:
            with working("simulating"):  # Not around the question: the line would be drawn over it.
                timeline = await _simulate(tree, name, programs)
            print_lines(timeline_lines(timeline))
            if not (yes or dry_run or _agrees(name, timeline)):
                return exitcodes.ANSWER_IS_NO
        await commit_change(repository, tree, cluster, _drained, how, dry_run=dry_run)
        if tree.desired.settings.failover.mode is FailoverMode.OFF and not dry_run:
            print_remarks([f"What {name} holds stays there, because spec.failover is off: {FAILOVER_REMEDY}."])
    return exitcodes.DONE


async def _simulate(tree: WorkTree, name: ClusterName, programs: Programs) -> Timeline:
    recorded = await read_recorded(tree.checkout.repository, tree.desired.settings.status_branch)
    compiler = with_expansions(ThreadCompiler(tree.compiler), tree.checkout.repository, programs, DEFAULT_CACHE)
    incident = Incident(taints={name: (DRAIN,)})
    return await simulate_time(tree.desired, recorded.state, incident, _SIMULATED, compiler, now())


def _agrees(name: ClusterName, timeline: Timeline) -> bool:
    """Whether somebody at a terminal says yes."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        print_remarks([f"Nothing was written. To drain {name}, add --yes."])
        return False
    return typer.confirm(f"Drain {name}?" if timeline.moves else f"Nothing leaves {name}. Write the taint all the same?")


def _drained(cluster: Cluster) -> Change:
    return Change(
        TaintChanges(added=(DRAIN,)).edits,
        f"Drain {cluster.name}\n\nThe taint {DRAIN} evicts what does not tolerate it, and keeps new objects away.\n",
        f"{cluster.name} cluster drained",
        f"{cluster.name} cluster already drained",
    )
