"""`token create`: the Git credential of one agent."""

from __future__ import annotations

import shlex
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from reconciler.answers.arguments import duration
from reconciler.cli import exitcodes
from reconciler.cli.forge_options import ForgeAccess, forge_token, reaches_forge, remote_place
from reconciler.cli.options import DryRun, Repo
from reconciler.cli.session import now, run_async
from reconciler.cli.terminal import print_lines, print_remarks
from reconciler.edit.planned_writes import WriteReport, carry_out
from reconciler.model.keys import ClusterName
from reconciler.model.wording import one_of
from reconciler.notify.forge import connected_forge
from reconciler.notify.forge_api import ForgeKind
from reconciler.notify.secret_file import SecretFile
from reconciler.present.writes import write_line
from reconciler.register.credential import KINDS, CredentialKind, CredentialRequest
from reconciler.register.credential_folder import refuse_unfit_folder
from reconciler.register.token_create import plan_own_token, plan_token

Name = Annotated[str, typer.Argument(help="The member, as its Cluster file names it.", metavar="CLUSTER")]
ForgeTokenFile = Annotated[
    Path | None,
    typer.Option(
        "--forge-token-file",
        envvar="RECONCILER_FORGE_TOKEN_FILE",
        help="The file with a token of an administrator of the repository, at Gitea of the forge; else RECONCILER_FORGE_TOKEN.",
        metavar="FILE",
    ),
]
Type = Annotated[
    CredentialKind | None,
    typer.Option(
        "--type",
        help="What the agent is at the forge. By default user at Gitea, access-token at GitLab, and deploy-key at GitHub.",
        case_sensitive=False,
    ),
]
Protect = Annotated[
    bool,
    typer.Option(
        "--protect",
        help="Set the rules of the forge by which the credential pushes reconciler/members/CLUSTER and nothing else.",
    ),
]
To = Annotated[
    Path | None,
    typer.Option(
        "--to",
        help="The folder for the credential. By default <repository>.agents/CLUSTER, next to the clone; for a URL CLUSTER.git.",
        metavar="FOLDER",
    ),
]
OwnCredential = Annotated[
    Path | None,
    typer.Option("--git-credential-file", help="A token or private key that exists: none is made.", metavar="FILE"),
]
Username = Annotated[
    str, typer.Option("--username", help="The user of that token. Rules of Gitea (--protect) name this user.", metavar="NAME")
]
KnownHosts = Annotated[
    Path | None,
    typer.Option("--known-hosts", help="The host keys of the forge, for a key; GitHub's are known.", metavar="FILE"),
]
Ttl = Annotated[
    str,
    typer.Option(
        "--ttl",
        help="The lifetime of an access token of GitLab, in whole days, such as 2160h. By default a year.",
        metavar="DURATION",
    ),
]
Rotate = Annotated[bool, typer.Option("--rotate", help="Replace the credential of this member, at the forge and in the folder.")]
PrintCommand = Annotated[
    bool,
    typer.Option("--print-register-command", help="Print only the command that registers the member; the rest goes to stderr."),
]


@reaches_forge
def create(
    name: Name,
    at: ForgeAccess,
    repo: Repo = ".",
    forge_token_file: ForgeTokenFile = None,
    kind: Type = None,
    protect: Protect = False,
    git_credential_file: OwnCredential = None,
    username: Username = "",
    known_hosts: KnownHosts = None,
    ttl: Ttl = "",
    to: To = None,
    rotate: Rotate = False,
    print_register_command: PrintCommand = False,
    dry_run: DryRun = False,
) -> None:
    """Create the Git credential of one agent.

    It is made by the API of the forge, and written to a folder that `register --git-credentials`, the chart and the agent read.
    With --protect, rules of the forge then keep it from everything but the branch of its member; rules that exist stay as they
    are. No secret is printed. With --git-credential-file, one that exists is put into such a folder.

    Example: reconciler token create edge-1 --forge gitea --forge-token-file admin-token --protect --print-register-command
    """
    own = (git_credential_file, username) if git_credential_file is not None else None
    chosen = _kind(at, kind, own, protect=protect)
    if ttl and chosen is not CredentialKind.ACCESS_TOKEN:
        raise typer.BadParameter(f"a {chosen} has no end", param_hint="--ttl")
    token = forge_token(forge_token_file) if at.kind is not None and (own is None or protect) else None
    request = CredentialRequest(
        ClusterName(name),
        chosen,
        to or Path(),
        protect=protect,
        rotate=rotate,
        lifetime=duration(ttl) if ttl else None,
        known_hosts=known_hosts.read_bytes() if known_hosts is not None else b"",
    )
    run_async(_create(repo, at, token, request, own, only_command=print_register_command, dry_run=dry_run))
    raise typer.Exit(exitcodes.DONE)


def _kind(at: ForgeAccess, kind: CredentialKind | None, own: tuple[Path, str] | None, *, protect: bool) -> CredentialKind:
    """What the agent is at the forge. Raises BadParameter where the forge cannot do what is requested."""
    forge = at.needed() if own is None or protect else at.kind
    if own is not None and protect and (forge is not ForgeKind.GITEA or not own[1]):
        message = "for a credential that exists, rules can be set at Gitea only, for a --username"
        raise typer.BadParameter(message, param_hint="--protect")
    if own is not None or forge is None:
        return CredentialKind.USER
    if kind is not None and kind not in KINDS[forge]:
        raise typer.BadParameter(f"{forge} offers {one_of([str(one) for one in KINDS[forge]])}", param_hint="--type")
    return kind or KINDS[forge][0]


async def _create(
    repo: str,
    at: ForgeAccess,
    token: SecretFile | None,
    request: CredentialRequest,
    own: tuple[Path, str] | None,
    *,
    only_command: bool,
    dry_run: bool,
) -> None:
    """token: None where nothing is asked of the forge."""
    url, top = await remote_place(repo)
    default = top.with_name(f"{top.name}.agents") / request.member if top is not None else Path(f"{request.member}.git")
    request = replace(request, folder=default if request.folder == Path() else request.folder)
    refuse_unfit_folder(request.folder, top, rotate=request.rotate)
    say = print_remarks if only_command else print_lines

    def tell(report: WriteReport) -> None:
        say([write_line(report, dry_run=dry_run)])

    async with AsyncExitStack() as stack:
        forge = None
        if token is not None:
            forge = await stack.enter_async_context(connected_forge(at.address(url), token.read()[0]))
        if own is not None:
            plan = await plan_own_token(forge, request, own[0], own[1] or "git", url)
        else:
            assert forge is not None  # noqa: S101 - the caller named one
            plan = await plan_token(forge, request, now().date())
        await carry_out(plan.writes, tell, dry_run=dry_run)
    if token is not None and (limits := request.limits(at.needed())):
        print_remarks([limits])
    command = register_command(request, plan.url)
    if only_command:
        print_lines([command])
    elif not dry_run:
        print_lines([f"Register the member with this credential: {command}"])


def register_command(request: CredentialRequest, url: str) -> str:
    """For a shell, with nothing secret in it."""
    words = ["reconciler", "register", request.member, "--url", url, "--git-credentials", str(request.folder.resolve())]
    return f"{shlex.join(words)} --kubeconfig FILE"


SUBCOMMANDS = {"create": create}
EXAMPLE = "reconciler token create edge-1 --forge gitea --forge-token-file admin-token --protect"
