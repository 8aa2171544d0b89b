"""`register`: give a member its agent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated

import typer

from reconciler.answers.arguments import duration
from reconciler.cli import exitcodes
from reconciler.cli.commands.install import (
    AgeKeySecret,
    GitFolder,
    GitSecret,
    Image,
    Impersonate,
    Print,
    SourceSecret,
    read_secrets,
)
from reconciler.cli.commands.join import Label, Provider, Region, Zone, pair, service_account
from reconciler.cli.member_options import MemberAccess, administers_member
from reconciler.cli.options import DryRun, NoCommit, Repo
from reconciler.cli.session import run_async, work_tree
from reconciler.cli.terminal import print_lines
from reconciler.cli.writes import carry_out_and_print, print_manifests
from reconciler.edit.work_tree import WorkTree
from reconciler.install.host_cluster import Connection
from reconciler.install.request import DEFAULT_IMAGE, InstallError, RepositoryAccess
from reconciler.install.rollout import wait_until_ready
from reconciler.interpreter.containers import namespace_manifest
from reconciler.membership.account import NAMESPACE
from reconciler.membership.cluster_manifest import ClusterAttributes
from reconciler.model.keys import ClusterName
from reconciler.register.manifests import manifests
from reconciler.register.register import plan_agent, plan_declaration
from reconciler.register.request import AGENT, AgentRequest, Declaration
from reconciler.repo.client import Repository
from reconciler.repo.command import REMOTE
from reconciler.repo.remote_url import is_url
from reconciler.repo.secret_folder import secret_data

Name = Annotated[str, typer.Argument(help="The member, as its Cluster file names it.", metavar="CLUSTER")]
Url = Annotated[
    str,
    typer.Option(
        "--url",
        help="The URL at which the agent finds the repository, without a credential. By default that of the remote `origin`.",
        metavar="URL",
    ),
]
AgentNamespace = Annotated[
    str, typer.Option("--namespace", "-n", help="The namespace of the agent, in the member.", metavar="NAME")
]
Branch = Annotated[
    str,
    typer.Option("--branch", help="Commit the Cluster file on a new branch of this name, for a pull request.", metavar="NAME"),
]
OnlyAgent = Annotated[
    bool, typer.Option("--only-agent", help="Leave the Cluster file to others: for somebody without a clone of the repository.")
]
NoPersistence = Annotated[
    bool,
    typer.Option("--no-persistence", help="No volume for the cache: an agent that restarts cannot go on without the repository."),
]
Replace = Annotated[bool, typer.Option("--replace", help="Let the member become another cluster than the one that was recorded.")]
Wait = Annotated[
    str,
    typer.Option(
        "--wait",
        help="Wait so long until the agent is ready, such as 5m. That needs the pushed Cluster file, and a leader that has "
        "read it.",
        metavar="DURATION",
    ),
]


@dataclass(frozen=True, slots=True)
class _Plan:
    request: AgentRequest
    declaration: Declaration | None
    """None: others write the Cluster file."""
    wait: timedelta | None
    dry_run: bool
    only_print: bool


@administers_member
def run(
    name: Name,
    member: MemberAccess,
    repo: Repo = ".",
    url: Url = "",
    git_credentials: GitFolder = None,
    git_secret: GitSecret = "",
    image: Image = DEFAULT_IMAGE,
    namespace: AgentNamespace = NAMESPACE,
    no_persistence: NoPersistence = False,
    source_secret: SourceSecret = [],  # noqa: B006 -- typer reads it as "no option"
    sops_age_key_secret: AgeKeySecret = "",
    impersonate: Impersonate = [],  # noqa: B006 -- typer reads it as "no option"
    label: Label = [],  # noqa: B006 -- typer reads it as "no option"
    provider: Provider = "",
    region: Region = "",
    zone: Zone = [],  # noqa: B006 -- typer reads it as "no option"
    branch: Branch = "",
    no_commit: NoCommit = False,
    only_agent: OnlyAgent = False,
    replace_cluster: Replace = False,
    wait: Wait = "",
    only_print: Print = False,
    dry_run: DryRun = False,
) -> None:
    """Creates in the member the objects of the chart `reconciler-agent` with its default values: an account with the rights of a
    leader's account, a Deployment with one Pod, a volume for its cache, a Service and a NetworkPolicy; and a Secret with the Git
    credential of this agent alone, which `reconciler token create` makes. Then it writes `syncMode: Pull` to the file that
    declares the Cluster, else to clusters/CLUSTER.yaml, and commits it. Registering again changes only what differs, and finishes
    a run that was interrupted.

    Example: reconciler register edge-1 --kubeconfig ~/.kube/config --context edge-1 --git-credentials edge-1.git
    """
    if branch and (no_commit or only_agent):
        raise typer.BadParameter("there is no commit to put on a branch", param_hint="--branch")
    attributes = ClusterAttributes(dict(map(pair, label)), provider, region, tuple(zone))
    credentials = secret_data(git_credentials) if git_credentials is not None else {}
    access, accounts = RepositoryAccess(url, git_secret, credentials), tuple(map(service_account, impersonate))
    secrets = read_secrets(source_secret, sops_age_key_secret)
    request = AgentRequest(ClusterName(name), access, namespace, image, impersonated=accounts, secrets=secrets)
    plan = _Plan(
        replace(request, persistent=not no_persistence),
        None if only_agent else Declaration(attributes, branch, commit=not no_commit, replace=replace_cluster),
        duration(wait) if wait else None,
        dry_run=dry_run,
        only_print=only_print,
    )
    run_async(_run(repo, plan, member.connection(name, needed=not only_print)))
    raise typer.Exit(exitcodes.DONE)


async def _run(repo: str, plan: _Plan, member: Connection | None) -> None:
    if plan.declaration is None:
        await _register(None, None, plan, member)
        return
    async with work_tree(repo) as repository:
        remote = (await repository.remotes()).get(REMOTE, "")
        tree = await WorkTree.open(repository, commit=plan.declaration.commit and not plan.declaration.branch)
        access = plan.request.repository
        access = replace(access, url=access.url or (remote if is_url(remote) else ""))
        request = replace(plan.request, repository=access, status_branch=tree.desired.settings.status_branch)
        await _register(repository, tree, replace(plan, request=request), member)


async def _register(repository: Repository | None, tree: WorkTree | None, plan: _Plan, member: Connection | None) -> None:
    request = plan.request
    try:
        request.repository.refuse_unfit()
    except InstallError as error:
        said = f"{error.message}. {error.remedy}".replace("--repo", "--url")
        raise typer.BadParameter(said) from error
    if plan.only_print or member is None:
        print_manifests([namespace_manifest(request.namespace), *manifests(request)])
        return
    async with member as api:
        writes = await plan_agent(api, request)
        push = ""
        if repository is None or tree is None or plan.declaration is None:
            await carry_out_and_print(repository, writes, dry_run=plan.dry_run)
        else:
            writes += await plan_declaration(api, tree, request.member, plan.declaration)
            push = await carry_out_and_print(repository, writes, dry_run=plan.dry_run, branch=plan.declaration.branch)
        if plan.dry_run:
            return
        print_lines([next_step(request.member, push, plan.declaration)])
        if plan.wait is not None:
            print_lines([f"Ready: {await wait_until_ready(api, AGENT, request.namespace, plan.wait)}."])


def next_step(member: str, push: str, declaration: Declaration | None) -> str:
    """What a person does now."""
    if declaration is None:
        return f"The agent of {member} is there. It begins when the repository declares {member} with syncMode: Pull."
    merge = ", and merge it" if declaration.branch else ""
    before = f"Push the commit ({push}){merge}. " if push else ""
    return f"{member} is registered. {before}Its agent then applies what the leader decides."
