"""`join`: make a cluster a member."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli import exitcodes
from reconciler.cli.access import reaches_members
from reconciler.cli.options import AccountNamespace, Context, NoCommit, Repo, SecretNamespace
from reconciler.cli.session import duration, member_root_of, run_async, work_tree
from reconciler.cluster.access import Access
from reconciler.membership.account import NAMESPACE
from reconciler.membership.cluster_manifest import Facts
from reconciler.membership.join import Joining, join
from reconciler.membership.places import Admin, Places
from reconciler.model.keys import ClusterName
from reconciler.present.steps import print_step

Name = Annotated[str, typer.Argument(help="The Cluster's name.", metavar="NAME")]
Kubeconfig = Annotated[
    Path,
    typer.Option(
        "--kubeconfig",
        envvar="RECONCILER_KUBECONFIG",
        help="An administrator's kubeconfig of the cluster that joins; it may run programs.",
        metavar="FILE",
    ),
]
Role = Annotated[
    str,
    typer.Option(
        "--role",
        help="Bind this ClusterRole of the member instead of one that allows every kind; kept when joining again.",
        metavar="NAME",
    ),
]
Lifetime = Annotated[
    str,
    typer.Option(
        "--token-lifetime",
        help="Have a new token expire, such as 720h; by default it does not where the cluster can make such tokens.",
        metavar="DURATION",
    ),
]
Rotate = Annotated[bool, typer.Option("--rotate", help="Replace the token by a new one, and revoke it.")]
Label = Annotated[list[str], typer.Option("--label", help="A label of the Cluster; may be repeated.", metavar="KEY=VALUE")]
Provider = Annotated[str, typer.Option("--provider", help="Whose cluster it is, such as aws.")]
Region = Annotated[str, typer.Option("--region", help="Where it is.")]
Zone = Annotated[list[str], typer.Option("--zone", help="A zone that it is in; may be repeated.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done; change nothing.")]


@reaches_members
def run(
    access: Access,
    name: Name,
    kubeconfig: Kubeconfig,
    context: Context = "",
    repo: Repo = ".",
    label: Label = [],  # noqa: B006 -- typer reads it as "none given"
    provider: Provider = "",
    region: Region = "",
    zone: Zone = [],  # noqa: B006 -- typer reads it as "none given"
    namespace: AccountNamespace = NAMESPACE,
    role: Role = "",
    token_lifetime: Lifetime = "",
    rotate: Rotate = False,
    secret_namespace: SecretNamespace = NAMESPACE,
    no_commit: NoCommit = False,
    dry_run: DryRun = False,
) -> None:
    """Makes an account for the reconciler in the cluster, keeps its credential (in a kubeconfig below the member root, or with
    --host-kubeconfig or --in-cluster in a Secret there), declares the Cluster in the file that has it, else in
    clusters/NAME.yaml, and commits that file. Joining again changes nothing, and finishes what was interrupted.

    Example: reconciler join member1 --kubeconfig ~/.kube/config --context kind-member1 --label environment=prod
    """
    joining = Joining(
        ClusterName(name),
        Admin(kubeconfig, context),
        Places(access, namespace, secret_namespace),
        Facts(dict(map(_pair, label)), provider, region, tuple(zone)),
        role=role,
        lifetime=duration(token_lifetime) if token_lifetime else None,
        rotate=rotate,
        commit=not no_commit,
        dry_run=dry_run,
    )
    run_async(_join(repo, joining))
    if not dry_run:
        typer.echo(f"{name} is joined; the next sync brings it what the policies say.")
    raise typer.Exit(exitcodes.DONE)


async def _join(repo: str, joining: Joining) -> None:
    async with work_tree(repo) as repository:
        access = joining.places.access
        access = replace(access, member_root=access.member_root or member_root_of(repository))
        await join(repository, replace(joining, places=replace(joining.places, access=access)), print_step)


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise typer.BadParameter(f"{text} is no label; write KEY=VALUE", param_hint="--label")
    return key, value
