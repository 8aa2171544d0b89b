"""`unregister`: take a member's agent away."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Annotated

import typer

from reconciler.cli import exitcodes
from reconciler.cli.commands.register import AgentNamespace, Branch, Name
from reconciler.cli.member_options import MemberAccess, administers_member
from reconciler.cli.options import DryRun, NoCommit, Repo
from reconciler.cli.session import run_async, work_tree
from reconciler.cli.terminal import print_lines, print_remarks
from reconciler.cli.writes import carry_out_and_print
from reconciler.install.host_cluster import Connection
from reconciler.membership.account import NAMESPACE
from reconciler.membership.request import UnknownMemberError
from reconciler.model.keys import ClusterName
from reconciler.model.wording import first_few
from reconciler.register.request import Declaration
from reconciler.register.unregister import Undeclaration, plan_agent_removal, plan_undeclaration

_SHOWN = 5
"""Objects that the command names; the others are counted."""

OnlyAgent = Annotated[bool, typer.Option("--only-agent", help="Leave the Cluster file to others.")]
Force = Annotated[bool, typer.Option("--force", help="Leave the agent: for a member that cannot be reached any more.")]


@administers_member
def run(
    name: Name,
    member: MemberAccess,
    repo: Repo = ".",
    namespace: AgentNamespace = NAMESPACE,
    branch: Branch = "",
    no_commit: NoCommit = False,
    only_agent: OnlyAgent = False,
    force: Force = False,
    dry_run: DryRun = False,
) -> None:
    """Removes the Cluster from the file that declares it, commits that file, and deletes what `register` created in the member.
    What the member runs stays, and nobody corrects it any more; where policies choose among members, the others get copies. The
    namespace stays, and so does the credential at the forge: delete it there.

    Example: reconciler unregister edge-1 --kubeconfig ~/.kube/config --context edge-1
    """
    if branch and (no_commit or only_agent):
        raise typer.BadParameter("there is no commit to put on a branch", param_hint="--branch")
    if only_agent and force:
        raise typer.BadParameter("nothing is left to do with --only-agent", param_hint="--force")
    connection = member.connection(name, needed=not force)
    declaration = None if only_agent else Declaration(branch=branch, commit=not no_commit)
    try:
        run_async(_run(repo, ClusterName(name), namespace, connection, declaration, dry_run=dry_run))
    except UnknownMemberError as error:
        raise typer.BadParameter(f"{error.message}. {error.remedy}".rstrip(), param_hint="CLUSTER") from error
    raise typer.Exit(exitcodes.DONE)


async def _run(
    repo: str, name: ClusterName, namespace: str, member: Connection | None, how: Declaration | None, *, dry_run: bool
) -> None:
    async with AsyncExitStack() as stack:
        repository = await stack.enter_async_context(work_tree(repo)) if how is not None else None
        api = await stack.enter_async_context(member) if member is not None else None
        removal = await plan_agent_removal(api, namespace, name) if api is not None else []
        undeclared = Undeclaration([], ())
        if repository is not None and how is not None:
            undeclared = await plan_undeclaration(repository, name, how, has_agent=bool(removal))
        branch = how.branch if how is not None else ""
        push = await carry_out_and_print(repository, [*undeclared.writes, *removal], dry_run=dry_run, branch=branch)
    if undeclared.remaining:
        names = first_few(undeclared.remaining, _SHOWN)
        print_remarks([f"These objects stay in {name}, with the labels of this reconciler: {names}"])
    if not dry_run:
        after = f" Push the commit ({push})." if push else ""
        print_lines([f"{name} has no agent any more.{after} Delete its credential at the forge."])
