"""`rollback`: restore what an earlier commit declared."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from reconciler.cli import exitcodes
from reconciler.cli.cluster_edits import Branch, DryRun, commit_options
from reconciler.cli.options import NoCommit, Repo
from reconciler.cli.restoring import restore
from reconciler.cli.session import run_async, work_tree
from reconciler.cli.terminal import print_lines, print_remarks
from reconciler.cli.working import working
from reconciler.edit.committed_edit import CommitOptions
from reconciler.edit.rollback import Rollback, plan_rollback
from reconciler.edit.work_tree import WorkTree
from reconciler.model.wording import first_few
from reconciler.repo.client import Repository
from reconciler.repo.revision import Commit

Revision = Annotated[str, typer.Argument(help="The commit to go back to, such as HEAD~1 or v1.4.", metavar="REVISION")]
Paths = Annotated[
    list[str] | None, typer.Argument(help="Only these files and folders. By default all that declare objects or policies.")
]
_NAMED = 10


def run(
    revision: Revision,
    paths: Paths = None,
    repo: Repo = ".",
    no_commit: NoCommit = False,
    branch: Branch = "",
    dry_run: DryRun = False,
) -> None:
    """Writes the templates, policies and override policies as they were at REVISION, and commits them: the history stays, and the
    next sync brings the members there, by the rollout, windows and guards that count now. Cluster files, the Configuration and
    Tenants stay as they are; name them to restore them, too. Look at it first: `reconciler diff HEAD REVISION`.

    Example: reconciler rollback HEAD~1
    """
    how = commit_options(no_commit=no_commit, branch=branch)
    run_async(_rollback(repo, revision, list(paths or ()), how, dry_run=dry_run))
    raise typer.Exit(exitcodes.DONE)


async def _rollback(repo: str, revision: str, paths: list[str], how: CommitOptions, *, dry_run: bool) -> None:
    async with work_tree(repo) as repository:
        with working("reading both revisions"):
            tree = await WorkTree.open(repository, commit=how.in_work_tree and not dry_run)
            commit = await repository.resolve(revision)
            planned = await _plan(repository, tree, commit, paths)
        if planned.left:
            print_remarks([f"Left as they are: {first_few(planned.left, _NAMED)}. Name them to restore them, too."])
        if not planned.blobs:
            print_lines([f"Nothing differs from {commit.sha[:10]}."])
            return
        subject = commit.message.partition("\n")[0]
        files = "\n".join(f"- {path}" for path in planned.blobs)
        message = f"Roll back to {commit.sha[:10]}\n\n{subject}\n\nRestored:\n\n{files}\n"
        await restore(repository, tree, planned.blobs, message, how, dry_run=dry_run)


async def _plan(repository: Repository, tree: WorkTree, commit: Commit, paths: list[str]) -> Rollback:
    old = await repository.read_tree(commit)
    blobs = await repository.read_blobs(tree.compiler.missing(old))
    before = await asyncio.to_thread(tree.compiler.load, old, blobs, check=())
    return plan_rollback(before, tree.desired, old, tree.files, paths)
