"""`inventory`: the clusters that host clusters know, and the commit that makes them members."""

from __future__ import annotations

from dataclasses import replace

import typer

from reconciler.answers.session import member_root_of
from reconciler.cli import exitcodes
from reconciler.cli.access import reaches_members
from reconciler.cli.cluster_edits import Branch, DryRun, commit_options
from reconciler.cli.committed_edits import carry_out_and_tell
from reconciler.cli.options import NoCommit, Repo, TableFormat, TableOutput
from reconciler.cli.session import run_async, work_tree
from reconciler.cli.table_options import prints_tables
from reconciler.cli.terminal import print_document, print_issues, print_lines, room
from reconciler.cli.working import working
from reconciler.cluster.access import Access
from reconciler.cluster.host_clusters import HostClusters
from reconciler.edit.committed_edit import CommitOptions, committed_writes
from reconciler.edit.work_tree import FileEdit, WorkTree
from reconciler.membership.inventory.commit import message_of
from reconciler.membership.inventory.plan import InventoryPlan
from reconciler.membership.inventory.planned import PlannedInventory, planned_inventory
from reconciler.model.issues import errors_in
from reconciler.present.inventory import inventory_document, inventory_lines
from reconciler.repo.client import Repository

EXAMPLE = "reconciler inventory list"
NO_RULES = "The Configuration at HEAD has no spec.inventory.rules."


@prints_tables
@reaches_members
def list_clusters(access: Access, repo: Repo = ".", output: TableOutput = TableFormat.TABLE) -> None:
    """Show the clusters that the rules of spec.inventory find, and what becomes of each.

    The exit code is 1 if a file would change, and 3 if a host cluster cannot be asked, or a guard keeps members from being
    cordoned.

    Example: reconciler inventory list --host-kubeconfig ~/.kube/hub
    """
    raise typer.Exit(run_async(_list(repo, access, output)))


@reaches_members
def update(access: Access, repo: Repo = ".", no_commit: NoCommit = False, branch: Branch = "", dry_run: DryRun = False) -> None:
    """Write a Cluster file for each cluster that the rules of spec.inventory find, and commit them.

    Labels, taints and other fields of a rule follow its objects; what a person edited stays. A member whose object vanished is
    cordoned, and never removed. `run` does the same by itself with spec.inventory.mode of the Configuration.

    Example: reconciler inventory update --host-kubeconfig ~/.kube/hub --branch new-clusters
    """
    how = commit_options(no_commit=no_commit, branch=branch)
    raise typer.Exit(run_async(_update(repo, access, how, dry_run=dry_run)))


SUBCOMMANDS = {"list": list_clusters, "update": update}


async def _list(repo: str, access: Access, output: TableFormat) -> int:
    async with work_tree(repo) as repository:
        tree = await WorkTree.open(repository, commit=False)
        planned = await _planned(repository, tree, access)
        if output.document is not None:
            print_document(inventory_document(planned.plan), output.document)
        elif not tree.desired.settings.inventory.rules:
            print_lines([NO_RULES])
        else:
            print_lines(inventory_lines(planned.plan.members, room(wide=output is TableFormat.WIDE)))
        print_issues(planned.plan.issues)
        return _code(planned.plan, exitcodes.ANSWER_IS_NO if planned.changes else exitcodes.DONE)


async def _update(repo: str, access: Access, how: CommitOptions, *, dry_run: bool) -> int:
    async with work_tree(repo) as repository:
        tree = await WorkTree.open(repository, commit=how.in_work_tree and not dry_run)
        planned = await _planned(repository, tree, access)
        print_issues(planned.plan.issues)
        if not planned.changes:
            has_rules = tree.desired.settings.inventory.rules
            print_lines(["The members are in step with the inventory." if has_rules else NO_RULES])
            return _code(planned.plan, exitcodes.DONE)
        message = message_of(planned.plan)
        edits = await tree.plan([_edit(path, text) for path, text in planned.changes.items()])
        writes = committed_writes(edits, message, how)
        await carry_out_and_tell(repository, writes, message.partition("\n")[0], how, dry_run=dry_run)
        return _code(planned.plan, exitcodes.DONE)


async def _planned(repository: Repository, tree: WorkTree, access: Access) -> PlannedInventory:
    hosts = HostClusters(replace(access, member_root=access.member_root or member_root_of(repository)))
    try:
        with working("asking the host clusters"):
            return await planned_inventory(repository, tree.checkout.head, tree.desired, hosts)
    finally:
        await hosts.close()


def _edit(path: str, text: str) -> FileEdit:
    return FileEdit(path, lambda _: text)


def _code(plan: InventoryPlan, otherwise: int) -> int:
    return exitcodes.COULD_NOT if errors_in(plan.issues) else otherwise
