"""`uninstall`: remove what `install` created."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli import exitcodes
from reconciler.cli.options import AllowInsecure, Context, HostNamespace
from reconciler.cli.session import run_async
from reconciler.cli.terminal import print_lines
from reconciler.cli.writes import print_writes
from reconciler.edit.planned_writes import carry_out
from reconciler.install.host_cluster import Connection, connected
from reconciler.install.uninstall import plan_uninstall
from reconciler.membership.account import NAMESPACE
from reconciler.membership.request import Admin

Kubeconfig = Annotated[
    Path,
    typer.Option("--kubeconfig", envvar="RECONCILER_KUBECONFIG", help="A kubeconfig of the host cluster.", metavar="FILE"),
]
MemberSecrets = Annotated[
    bool,
    typer.Option(
        "--member-secrets", help="Delete the credentials of members in the namespace, too. Then only `join` gives access again."
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would be deleted, and delete nothing.")]


def run(
    kubeconfig: Kubeconfig,
    context: Context = "",
    allow_insecure: AllowInsecure = False,
    namespace: HostNamespace = NAMESPACE,
    member_secrets: MemberSecrets = False,
    dry_run: DryRun = False,
) -> None:
    """Deletes the objects that `install` created in the namespace, and no others. The members keep what they run, the
    repository keeps its decisions, and the next `install` goes on from there. The namespace and the credentials of members stay.

    Example: reconciler uninstall --kubeconfig ~/.kube/config
    """
    host = connected(Admin(kubeconfig, context), allow_insecure=allow_insecure)
    printed = run_async(_uninstall(host, namespace, member_secrets=member_secrets, dry_run=dry_run))
    if not printed:
        print_lines([f"`install` has created nothing in the namespace {namespace}."])
    raise typer.Exit(exitcodes.DONE)


async def _uninstall(host: Connection, namespace: str, *, member_secrets: bool, dry_run: bool) -> int:
    """How many lines were printed."""
    async with host as api:
        plan = await plan_uninstall(api, namespace, member_secrets=member_secrets)
        await carry_out(plan, print_writes(dry_run=dry_run), dry_run=dry_run)
        return len(plan)
