"""`unjoin`: let a member go."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli import exitcodes
from reconciler.cli.access import reaches_members
from reconciler.cli.options import AccountNamespace, Context, NoCommit, Repo, SecretNamespace
from reconciler.cli.session import member_root_of, run_async, work_tree
from reconciler.cluster.access import Access
from reconciler.membership.account import NAMESPACE
from reconciler.membership.places import Admin, Places
from reconciler.membership.unjoin import Leaving, unjoin
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.present.steps import print_step

Name = Annotated[str, typer.Argument(help="The Cluster's name.", metavar="NAME")]
Kubeconfig = Annotated[
    Path | None,
    typer.Option(
        "--kubeconfig",
        envvar="RECONCILER_KUBECONFIG",
        help="An administrator's kubeconfig of the member; by default the account takes itself away.",
        metavar="FILE",
    ),
]
Force = Annotated[
    bool,
    typer.Option("--force", help="Leave behind what the member still holds of ours, and what cannot be reached."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done; change nothing.")]


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
    """Removes the Cluster from the file that declares it and commits that, takes the account away from the member, and deletes
    the credential. Refuses as long as the last sync recorded that the member holds objects of ours; nobody empties it
    afterwards. Running it again finishes what was interrupted.

    Example: reconciler unjoin member1
    """
    leaving = Leaving(
        ClusterName(name),
        Places(access, namespace, secret_namespace),
        Admin(kubeconfig, context) if kubeconfig is not None else None,
        force=force,
        commit=not no_commit,
        dry_run=dry_run,
    )
    left = run_async(_unjoin(repo, leaving))
    if left:
        named = ", ".join(map(str, left[:_NAMED])) + (f" and {len(left) - _NAMED} more" if len(left) > _NAMED else "")
        typer.echo(f"These stay in {name} as they are, with our marks: {named}", err=True)
    if not dry_run:
        typer.echo(f"{name} is no member any more.")
    raise typer.Exit(exitcodes.DONE)


_NAMED = 5
"""Objects that are named before the rest is counted."""


async def _unjoin(repo: str, leaving: Leaving) -> list[ResourceKey]:
    async with work_tree(repo) as repository:
        access = leaving.places.access
        access = replace(access, member_root=access.member_root or member_root_of(repository))
        return await unjoin(repository, replace(leaving, places=replace(leaving.places, access=access)), print_step)
