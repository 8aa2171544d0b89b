"""`unjoin`: retire a member."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from reconciler.answers.session import member_root_of
from reconciler.cli import exitcodes
from reconciler.cli.access import reaches_members
from reconciler.cli.options import AccountNamespace, Context, DryRun, NoCommit, Repo, SecretNamespace
from reconciler.cli.session import run_async, work_tree
from reconciler.cli.terminal import print_lines, print_remarks
from reconciler.cli.writes import carry_out_and_print
from reconciler.cluster.access import Access
from reconciler.membership.account import NAMESPACE
from reconciler.membership.request import Admin, Places, UnjoinRequest, UnknownMemberError
from reconciler.membership.unjoin import planned_unjoin
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.wording import first_few

_SHOWN = 5
"""Objects that the command names; the others are counted."""

Name = Annotated[str, typer.Argument(help="The Cluster's name.", metavar="NAME")]
Kubeconfig = Annotated[
    Path | None,
    typer.Option(
        "--kubeconfig",
        envvar="RECONCILER_KUBECONFIG",
        help="A kubeconfig of the member, for a user who may delete accounts there. By default the account deletes itself.",
        metavar="FILE",
    ),
]
Force = Annotated[
    bool,
    typer.Option("--force", help="Leave the objects that the member still holds, and whatever cannot be reached."),
]


@reaches_members
def run(
    access: Access,
    name: Name,
    kubeconfig: Kubeconfig = None,
    context: Context = "",
    repo: Repo = ".",
    namespace: AccountNamespace = NAMESPACE,
    secret_namespace: SecretNamespace = NAMESPACE,
    force: Force = False,
    no_commit: NoCommit = False,
    dry_run: DryRun = False,
) -> None:
    """Removes the Cluster from the file that declares it, commits that file, deletes the account in the member, and deletes the
    stored credential. Refuses while the member holds objects of this reconciler, according to the last sync: nothing deletes
    them after the member has left. Running it again finishes an unjoin that was interrupted.

    Example: reconciler unjoin member1
    """
    request = UnjoinRequest(
        ClusterName(name),
        Places(access, namespace, secret_namespace),
        Admin(kubeconfig, context) if kubeconfig is not None else None,
        force=force,
        commit=not no_commit,
    )
    try:
        remaining, push = run_async(_unjoin(repo, request, dry_run=dry_run))
    except UnknownMemberError as error:
        raise typer.BadParameter(f"{error.message}. {error.remedy}".rstrip(), param_hint="NAME") from error
    if remaining:
        names = first_few(remaining, _SHOWN)
        print_remarks([f"These objects stay in {name}, with the labels of this reconciler: {names}"])
    if not dry_run:
        after = f" Push the commit ({push})." if push else ""
        print_lines([f"{name} is not a member any more.{after}"])
    raise typer.Exit(exitcodes.DONE)


async def _unjoin(repo: str, request: UnjoinRequest, *, dry_run: bool) -> tuple[tuple[ResourceKey, ...], str]:
    """The objects that stay, and the command that pushes the commit; empty where there is nothing to push."""
    async with work_tree(repo) as repository:
        access = request.places.access
        access = replace(access, member_root=access.member_root or member_root_of(repository))
        request = replace(request, places=replace(request.places, access=access))
        async with planned_unjoin(repository, request) as plan:
            return plan.remaining, await carry_out_and_print(repository, plan.writes, dry_run=dry_run)
