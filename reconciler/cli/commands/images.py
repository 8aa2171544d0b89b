"""`images`: the images that ImagePolicies choose, and the commit that brings newer ones into the files."""

from __future__ import annotations

import typer

from reconciler.cli import exitcodes
from reconciler.cli.cluster_edits import Branch, DryRun, commit_options
from reconciler.cli.committed_edits import carry_out_and_tell
from reconciler.cli.options import NoCommit, Repo, TableFormat, TableOutput
from reconciler.cli.session import run_async, work_tree
from reconciler.cli.source_options import fetches_sources
from reconciler.cli.table_options import prints_tables
from reconciler.cli.terminal import print_document, print_issues, print_lines, room
from reconciler.cli.working import working
from reconciler.edit.committed_edit import CommitOptions, committed_writes
from reconciler.edit.image_updates import ImagePlan, plan_image_updates
from reconciler.edit.work_tree import FileEdit, WorkTree
from reconciler.model.issues import errors_in
from reconciler.present.images import image_documents, image_lines
from reconciler.repo.client import Repository
from reconciler.sources.image_registries import ImageRegistries
from reconciler.sources.options import SourceOptions

EXAMPLE = "reconciler images list"


@prints_tables
@fetches_sources
def list_images(sources: SourceOptions, repo: Repo = ".", output: TableOutput = TableFormat.TABLE) -> None:
    """Show the image that each ImagePolicy of HEAD chooses, and those that the files name now.

    The exit code is 1 if a value would be updated, and 3 if a registry cannot be asked.

    Example: reconciler images list
    """
    raise typer.Exit(run_async(_list(repo, sources, output)))


@fetches_sources
def update(
    sources: SourceOptions, repo: Repo = ".", no_commit: NoCommit = False, branch: Branch = "", dry_run: DryRun = False
) -> None:
    """Write the chosen images into the files, and commit them.

    A value is written where a comment behind it names the policy, such as # {"$imagepolicy": "shop:web"}; comments stay. What
    somebody took back is not written again. `run` does the same by itself with spec.imageUpdates of the Configuration.

    Example: reconciler images update --branch newer-images
    """
    how = commit_options(no_commit=no_commit, branch=branch)
    raise typer.Exit(run_async(_update(repo, sources, how, dry_run=dry_run)))


SUBCOMMANDS = {"list": list_images, "update": update}


async def _list(repo: str, sources: SourceOptions, output: TableFormat) -> int:
    async with work_tree(repo) as repository:
        plan = await _plan(repository, await WorkTree.open(repository, commit=False), sources)
        if output.document is not None:
            print_document(image_documents(plan), output.document)
        elif plan.states:
            print_lines(image_lines(plan.states, room(wide=output is TableFormat.WIDE)))
        else:
            print_lines(["HEAD declares no ImagePolicy."])
        print_issues(plan.issues)
        return _code(plan, exitcodes.ANSWER_IS_NO if plan.updates else exitcodes.DONE)


async def _update(repo: str, sources: SourceOptions, how: CommitOptions, *, dry_run: bool) -> int:
    async with work_tree(repo) as repository:
        tree = await WorkTree.open(repository, commit=how.in_work_tree and not dry_run)
        plan = await _plan(repository, tree, sources)
        print_issues(plan.issues)
        if not plan.changes:
            print_lines(["No image is newer." if plan.states else "HEAD declares no ImagePolicy."])
            return _code(plan, exitcodes.DONE)
        edits = await tree.plan([_edit(path, text) for path, text in plan.changes.items()])
        writes = committed_writes(edits, plan.message, how)
        await carry_out_and_tell(repository, writes, plan.message.partition("\n")[0], how, dry_run=dry_run)
        return _code(plan, exitcodes.DONE)


async def _plan(repository: Repository, tree: WorkTree, sources: SourceOptions) -> ImagePlan:
    with working("asking the registries"):
        async with ImageRegistries(sources) as registry:
            return await plan_image_updates(repository, tree.checkout.head, tree.desired, registry)


def _edit(path: str, text: str) -> FileEdit:
    return FileEdit(path, lambda _: text)


def _code(plan: ImagePlan, otherwise: int) -> int:
    return exitcodes.COULD_NOT if errors_in(plan.issues) else otherwise
