"""`install`: put `run` into a host cluster."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from reconciler.answers.arguments import duration
from reconciler.cli import exitcodes
from reconciler.cli.commands.join import service_account
from reconciler.cli.options import AllowInsecure, Context, DryRun, HostNamespace
from reconciler.cli.session import run_async
from reconciler.cli.terminal import print_lines
from reconciler.cli.writes import print_manifests, print_writes
from reconciler.edit.planned_writes import carry_out
from reconciler.install.host_cluster import Connection, connected
from reconciler.install.install import plan_install
from reconciler.install.manifests import manifests
from reconciler.install.owned import LEADER
from reconciler.install.request import DEFAULT_IMAGE, InstallError, InstallRequest, ReadSecrets, RepositoryAccess
from reconciler.install.rollout import wait_until_ready
from reconciler.interpreter.containers import namespace_manifest
from reconciler.membership.account import NAMESPACE
from reconciler.membership.request import Admin
from reconciler.repo.secret_folder import secret_data

Kubeconfig = Annotated[
    Path | None,
    typer.Option(
        "--kubeconfig",
        envvar="RECONCILER_KUBECONFIG",
        help="A kubeconfig of the host cluster, for a user who may create roles there. It may use exec plugins.",
        metavar="FILE",
    ),
]
Url = Annotated[str, typer.Option("--repo", help="The URL of the config repository, without a credential.", metavar="URL")]
GitSecret = Annotated[
    str,
    typer.Option(
        "--git-secret",
        help="An existing Secret of the namespace with the credentials of the repository, such as the keys `username` and "
        "`password`. It is mounted.",
        metavar="NAME",
    ),
]
GitFolder = Annotated[
    Path | None,
    typer.Option(
        "--git-credentials",
        help="A folder with files of these names. They are stored in a Secret, and never printed.",
        metavar="FOLDER",
    ),
]
Revision = Annotated[
    str,
    typer.Option(
        "--revision",
        help="The branch, tag or semver:RANGE to follow. By default the default branch of the remote.",
        metavar="REVISION",
    ),
]
Image = Annotated[
    str,
    typer.Option("--image", help="The image. None is published: build it from the Containerfile.", metavar="IMAGE"),
]
HostMember = Annotated[
    str,
    typer.Option(
        "--host-member",
        help="The Cluster that is the host cluster itself. The process gets the rights of a member's account there.",
        metavar="NAME",
    ),
]
Impersonate = Annotated[
    list[str],
    typer.Option(
        "--impersonate",
        help="A ServiceAccount of a Tenant (spec.serviceAccount), in a namespace that exists, that the process may write as in "
        "this cluster. Can be repeated.",
        metavar="NAMESPACE/NAME",
    ),
]
SourceSecret = Annotated[
    list[str],
    typer.Option(
        "--source-secret",
        help="An existing Secret of the namespace with the credential of a registry, chart repository or Git host, such as "
        "registry.example.com=NAME. It is mounted for --source-credentials. Can be repeated.",
        metavar="PLACE=NAME",
    ),
]
AgeKeySecret = Annotated[
    str,
    typer.Option(
        "--sops-age-key-secret",
        help="An existing Secret of the namespace whose key `age.txt` has identities of age. It is mounted for "
        "--sops-age-key-file.",
        metavar="NAME",
    ),
]
DashboardSecret = Annotated[
    str,
    typer.Option(
        "--dashboard-secret",
        help="An existing Secret of the namespace whose key `dashboard.yaml` has the settings of the dashboard, and whose other "
        "keys are the files that they name. The dashboard is served, and the Service reconciler-pages leads to it.",
        metavar="NAME",
    ),
]
Print = Annotated[bool, typer.Option("--print", help="Print the objects as YAML, without a Secret, and contact no cluster.")]
Timeout = Annotated[str, typer.Option("--timeout", help="How long to wait until the process is ready.", metavar="DURATION")]


def run(
    kubeconfig: Kubeconfig = None,
    context: Context = "",
    allow_insecure: AllowInsecure = False,
    repo: Url = "",
    git_secret: GitSecret = "",
    git_credentials: GitFolder = None,
    revision: Revision = "",
    image: Image = DEFAULT_IMAGE,
    namespace: HostNamespace = NAMESPACE,
    host_member: HostMember = "",
    source_secret: SourceSecret = [],  # noqa: B006 -- typer reads it as "no option"
    sops_age_key_secret: AgeKeySecret = "",
    dashboard_secret: DashboardSecret = "",
    impersonate: Impersonate = [],  # noqa: B006 -- typer reads it as "no option"
    only_print: Print = False,
    dry_run: DryRun = False,
    timeout: Timeout = "5m",
) -> None:
    """Creates the objects of the chart with its default values: an account that may read the Secrets of its namespace, a
    Deployment with one Pod, a Service and a NetworkPolicy. Waits until the process has made its first pass. Installing again
    changes only what differs, and removes what an option no longer asks for. Objects of a Helm release are refused. For more
    settings, use the chart.

    Example: reconciler install --kubeconfig ~/.kube/config --image registry.example.com/reconciler:0.1.0 --repo URL
    """
    try:
        credentials = secret_data(git_credentials) if git_credentials is not None else {}
        repository = RepositoryAccess(repo, git_secret, credentials, revision)
        repository.refuse_unfit()
        accounts = tuple(map(service_account, impersonate))
        secrets = read_secrets(source_secret, sops_age_key_secret)
        request = InstallRequest(repository, namespace, image, host_member, accounts, secrets, dashboard_secret)
    except InstallError as error:
        raise typer.BadParameter(f"{error.message}. {error.remedy}") from error
    if only_print:
        print_manifests([namespace_manifest(namespace), *manifests(request)])
        raise typer.Exit(exitcodes.DONE)
    if kubeconfig is None:
        raise typer.BadParameter("name a kubeconfig of the host cluster, or use --print", param_hint="--kubeconfig")
    host = connected(Admin(kubeconfig, context), allow_insecure=allow_insecure)
    run_async(_install(host, request, duration(timeout), dry_run=dry_run))
    if not dry_run:
        print_lines([f"Add members with `reconciler join NAME … --host-kubeconfig FILE --secret-namespace {namespace}`."])
    raise typer.Exit(exitcodes.DONE)


def read_secrets(sources: Iterable[str], age_key: str) -> ReadSecrets:
    """sources: values of --source-secret. Raises BadParameter."""
    found: dict[str, str] = {}
    for one in sources:
        place, _, name = one.partition("=")
        if not _PLACE.fullmatch(place) or not name or place in found:
            message = f"{one!r} is not PLACE=NAME, or names its place twice; PLACE is a host, with a port HOST_PORT"
            raise typer.BadParameter(message, param_hint="--source-secret")
        found[place] = name
    return ReadSecrets(found, age_key)


_PLACE = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9._]*[A-Za-z0-9])?")


async def _install(host: Connection, request: InstallRequest, deadline: timedelta, *, dry_run: bool) -> None:
    async with host as api:
        await carry_out(await plan_install(api, request), print_writes(dry_run=dry_run), dry_run=dry_run)
        if not dry_run:
            print_lines([f"Ready: {await wait_until_ready(api, LEADER, request.namespace, deadline)}."])
