"""`join`: make a cluster a member."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from reconciler.answers.arguments import duration
from reconciler.answers.session import member_root_of
from reconciler.cli import exitcodes
from reconciler.cli.access import reaches_members
from reconciler.cli.options import AccountNamespace, Context, DryRun, NoCommit, Repo, SecretNamespace
from reconciler.cli.session import run_async, work_tree
from reconciler.cli.terminal import print_lines
from reconciler.cli.writes import carry_out_and_print
from reconciler.cluster.access import Access
from reconciler.membership.account import NAMESPACE
from reconciler.membership.cluster_manifest import ClusterAttributes
from reconciler.membership.join import planned_join
from reconciler.membership.request import Admin, JoinRequest, Places
from reconciler.model.keys import ClusterName
from reconciler.model.tenant import ServiceAccount

Name = Annotated[str, typer.Argument(help="The Cluster's name.", metavar="NAME")]
Kubeconfig = Annotated[
    Path,
    typer.Option(
        "--kubeconfig",
        envvar="RECONCILER_KUBECONFIG",
        help="A kubeconfig of the cluster that joins, for a user who may create accounts there. It may use exec plugins.",
        metavar="FILE",
    ),
]
Role = Annotated[
    str,
    typer.Option(
        "--role",
        help="An existing ClusterRole of the member for the account, instead of one that allows every kind. Later joins keep it. "
        "Neither may impersonate the ServiceAccounts of Tenants: see --impersonate.",
        metavar="NAME",
    ),
]
Impersonate = Annotated[
    list[str],
    typer.Option(
        "--impersonate",
        help="A ServiceAccount of a Tenant (spec.serviceAccount), in a namespace that exists, that the account may write as. Can "
        "be repeated. Without it, a later join leaves these rights as they are.",
        metavar="NAMESPACE/NAME",
    ),
]
Lifetime = Annotated[
    str,
    typer.Option(
        "--token-lifetime",
        help="The lifetime of a new token, such as 720h. By default tokens do not expire, where the cluster supports that.",
        metavar="DURATION",
    ),
]
Rotate = Annotated[bool, typer.Option("--rotate", help="Issue a new token, and revoke the previous one.")]
Replace = Annotated[bool, typer.Option("--replace", help="Let the member become another cluster than the one that joined.")]
Label = Annotated[list[str], typer.Option("--label", help="A label of the Cluster. Can be repeated.", metavar="KEY=VALUE")]
Provider = Annotated[str, typer.Option("--provider", help="The provider of the cluster, such as aws.")]
Region = Annotated[str, typer.Option("--region", help="The region of the cluster, such as eu-west-1.")]
Zone = Annotated[list[str], typer.Option("--zone", help="A zone of the cluster. Can be repeated.")]


@reaches_members
def run(
    access: Access,
    name: Name,
    kubeconfig: Kubeconfig,
    context: Context = "",
    repo: Repo = ".",
    label: Label = [],  # noqa: B006 -- typer reads it as "no option"
    provider: Provider = "",
    region: Region = "",
    zone: Zone = [],  # noqa: B006 -- typer reads it as "no option"
    namespace: AccountNamespace = NAMESPACE,
    role: Role = "",
    impersonate: Impersonate = [],  # noqa: B006 -- typer reads it as "no option"
    token_lifetime: Lifetime = "",
    rotate: Rotate = False,
    replace_cluster: Replace = False,
    secret_namespace: SecretNamespace = NAMESPACE,
    no_commit: NoCommit = False,
    dry_run: DryRun = False,
) -> None:
    """Creates an account for the reconciler in the cluster, stores its credential, and declares the Cluster in the repository.
    The credential is a kubeconfig below the member root; with --host-kubeconfig or --in-cluster it is a Secret of the host
    cluster. The Cluster is edited in the file that declares it, else written to clusters/NAME.yaml, and that file is committed.
    Joining again changes nothing, and finishes a join that was interrupted.

    Example: reconciler join member1 --kubeconfig ~/.kube/config --context kind-member1 --label environment=prod
    """
    request = JoinRequest(
        ClusterName(name),
        Admin(kubeconfig, context),
        Places(access, namespace, secret_namespace),
        ClusterAttributes(dict(map(pair, label)), provider, region, tuple(zone)),
        role=role,
        impersonated=tuple(map(service_account, impersonate)),
        lifetime=duration(token_lifetime) if token_lifetime else None,
        rotate=rotate,
        replace=replace_cluster,
        commit=not no_commit,
    )
    push = run_async(_join(repo, request, dry_run=dry_run))
    if not dry_run:
        before = f"Push the commit ({push}). " if push else ""
        print_lines([f"{name} has joined. {before}The next sync applies the objects that the policies select for it."])
    raise typer.Exit(exitcodes.DONE)


async def _join(repo: str, request: JoinRequest, *, dry_run: bool) -> str:
    """The command that pushes the commit; empty where there is nothing to push."""
    async with work_tree(repo) as repository:
        access = request.places.access
        access = replace(access, member_root=access.member_root or member_root_of(repository))
        request = replace(request, places=replace(request.places, access=access))
        async with planned_join(repository, request) as plan:
            return await carry_out_and_print(repository, plan, dry_run=dry_run)


def pair(text: str) -> tuple[str, str]:
    """Key and value of a label. Raises BadParameter."""
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise typer.BadParameter(f"{text} is not a label; write KEY=VALUE", param_hint="--label")
    return key, value


def service_account(text: str) -> ServiceAccount:
    """Raises BadParameter."""
    namespace, slash, name = text.partition("/")
    if not namespace or not slash or not name or "/" in name:
        raise typer.BadParameter(f"{text} is no ServiceAccount; write NAMESPACE/NAME", param_hint="--impersonate")
    return ServiceAccount(namespace, name)
