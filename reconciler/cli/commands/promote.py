"""`promote`: make a template and a policy of an object that a member has."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from reconciler.answers.arguments import refuse_unknown_clusters
from reconciler.answers.kind_names import is_cluster_scoped, listed_kinds
from reconciler.answers.session import member_root_of
from reconciler.cli import exitcodes
from reconciler.cli.access import reaches_members
from reconciler.cli.cluster_edits import Branch, DryRun, commit_options
from reconciler.cli.committed_edits import carry_out_and_tell
from reconciler.cli.options import NoCommit, Repo
from reconciler.cli.session import run_async, work_tree
from reconciler.cli.terminal import print_lines
from reconciler.cluster.access import Access
from reconciler.cluster.listing import Selection
from reconciler.edit.committed_edit import CommitOptions, plan_committed_edit
from reconciler.edit.promotion import PromotionError, PromotionOptions, promote
from reconciler.edit.work_tree import FileEdit, WorkTree
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import Manifest
from reconciler.passes.connections import open_fleet
from reconciler.review.get import list_objects

Object = Annotated[str, typer.Argument(help="The object as KIND/NAME; short names of kinds work.", metavar="KIND/NAME")]
From = Annotated[str, typer.Option("--cluster", "-C", help="The member that has it.", metavar="NAME")]
To = Annotated[list[str], typer.Option("--to", help="Also place it on this cluster; may be given several times.", metavar="NAME")]
InNamespace = Annotated[
    str, typer.Option("--namespace", "-n", envvar="RECONCILER_NAMESPACE", help="Where the object is.", metavar="NAME")
]
File = Annotated[str, typer.Option("--file", help="The new file. By default NAMESPACE/KIND-NAME.yaml.", metavar="PATH")]
WithPolicy = Annotated[bool, typer.Option("--policy/--no-policy", help="Write a policy for it, too.")]
Dependencies = Annotated[
    bool,
    typer.Option("--dependencies", "-d", help="Let what it refers to follow it (propagateDeps). Promote that, too."),
]
AllowSecret = Annotated[bool, typer.Option("--allow-secret", help="Write a Secret in plain text.")]


@reaches_members
def run(
    access: Access,
    name: Object,
    cluster: From,
    to: To = [],  # noqa: B006 -- typer reads it as "none given"
    namespace: InNamespace = "default",
    file: File = "",
    policy: WithPolicy = True,
    dependencies: Dependencies = False,
    allow_secret: AllowSecret = False,
    repo: Repo = ".",
    no_commit: NoCommit = False,
    branch: Branch = "",
    dry_run: DryRun = False,
) -> None:
    """Reads the object from the member, removes what servers and clusters add to it (status, marks, allocated values, defaults),
    and writes it with a policy to a new file, as one commit. With the next sync the object is taken over where it is: without a
    restart, because nothing of it changes. The policy keeps it in the members if the template goes
    (preserveResourcesOnDeletion), as karmadactl's does. --dry-run prints the file, and writes nothing.

    Example: reconciler promote deployment/web -n shop --cluster member1 --to member2
    """
    kind, _, object_name = name.partition("/")
    if not object_name or "/" in object_name:
        raise typer.BadParameter(f"{name} is not KIND/NAME; write for example deployment/nginx")
    place = "" if is_cluster_scoped(kind) else namespace
    selection = Selection(kind.lower(), listed_kinds(kind), (object_name,), place, "", whole=True)
    clusters = tuple(dict.fromkeys((cluster, *to)))
    options = PromotionOptions(clusters, file, policy, dependencies, allow_secret)
    how = commit_options(no_commit=no_commit, branch=branch)
    run_async(_promote(repo, ClusterName(cluster), selection, options, how, access, dry_run=dry_run))
    raise typer.Exit(exitcodes.DONE)


async def _promote(
    repo: str,
    member: ClusterName,
    selection: Selection,
    options: PromotionOptions,
    how: CommitOptions,
    access: Access,
    *,
    dry_run: bool,
) -> None:
    async with work_tree(repo) as repository:
        tree = await WorkTree.open(repository, commit=how.in_work_tree and not dry_run)
        refuse_unknown_clusters(options.clusters, [one.name for one in tree.desired.clusters])
        access = replace(access, member_root=access.member_root or member_root_of(repository))
        live = await _read(tree, member, selection, access)
        try:
            planned = promote(live, tree.desired, options)
        except PromotionError as error:
            raise typer.BadParameter(str(error)) from None
        if planned.file in tree.files:
            raise typer.BadParameter(f"{planned.file} exists already; name another file", param_hint="--file")
        if dry_run:
            print_lines([f"# {planned.file}", planned.text.rstrip("\n")])
            return
        edit = await plan_committed_edit(tree, FileEdit(planned.file, lambda _: planned.text), planned.message, how)
        await carry_out_and_tell(repository, edit.writes, f"{planned.key} promoted", how, dry_run=False)


async def _read(tree: WorkTree, member: ClusterName, selection: Selection, access: Access) -> Manifest:
    """Raises BadParameter where the member does not have it, or does not answer."""
    clusters = [one for one in tree.desired.clusters if one.name == member]
    async with open_fleet(clusters, access, tree.desired.settings.instance) as fleet:
        result = await list_objects(fleet, [selection])
    if member in result.unanswered:
        raise typer.BadParameter(result.unanswered[member])
    rows = [row for block in result.blocks for listing in block.listings.values() for row in listing.rows]
    if not rows:
        where = f" in the namespace {selection.namespace}" if selection.namespace else ""
        raise typer.BadParameter(f"{member} has no {selection.kind} {selection.names[0]}{where}")
    return rows[0].object
