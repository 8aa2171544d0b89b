"""`mcp`: answers for assistants, on stdin and stdout."""

from __future__ import annotations

import signal
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.answers.session import member_root_of, open_session
from reconciler.cli.access import reads_members
from reconciler.cli.forge_options import ForgeAccess, forge_token, reaches_forge, remote_place
from reconciler.cli.git_options import reads_git
from reconciler.cli.options import DEFAULT_CACHE, Cache, Repo
from reconciler.cli.render_options import expands
from reconciler.cli.session import now, run_async
from reconciler.cluster.access import Access
from reconciler.errors import ReconcilerError
from reconciler.expanding.programs import Programs
from reconciler.notify.secret_file import SecretFile
from reconciler.repo.options import GitOptions

if TYPE_CHECKING:
    from reconciler.assistants.propose import Proposals

AllowProposals = Annotated[
    bool,
    typer.Option(
        "--allow-proposals",
        envvar="RECONCILER_ALLOW_PROPOSALS",
        help="Also offer the tool that pushes a new branch and opens a pull request.",
    ),
]
ProposalBase = Annotated[
    str,
    typer.Option(
        "--proposal-base",
        envvar="RECONCILER_PROPOSAL_BASE",
        help="The branch into which proposals are to be merged; by default the branch of HEAD.",
        metavar="BRANCH",
    ),
]
ProposalTokenFile = Annotated[
    Path | None,
    typer.Option(
        "--forge-token-file",
        envvar="RECONCILER_FORGE_TOKEN_FILE",
        help="The file with a token that may open pull requests; else it is in RECONCILER_FORGE_TOKEN.",
        metavar="FILE",
    ),
]


class NotInstalledError(ReconcilerError):
    """A library that this command needs, and the others do not."""


@reaches_forge
@reads_members
@expands
@reads_git
def run(
    git: GitOptions,
    programs: Programs,
    access: Access,
    at: ForgeAccess,
    repo: Repo = ".",
    allow_proposals: AllowProposals = False,
    proposal_base: ProposalBase = "",
    forge_token_file: ProposalTokenFile = None,
    cache: Cache = DEFAULT_CACHE,
) -> None:
    """Serves the Model Context Protocol until stdin ends: an assistant starts this command. Its tools are validate, diff,
    explain, simulate, status, history, blame and get. They answer as the commands do, in at most 4 KB at a time, and write
    nothing.

    With --allow-proposals, there is one more, propose: it checks files, pushes them to a new branch below assistants/, and opens
    a pull request at the forge. It writes to no other branch.

    Example: reconciler mcp --repo ./config
    """
    if find_spec("mcp") is None:
        raise NotInstalledError("the library mcp is not installed", remedy="Install it: pip install 'reconciler[mcp]'.")
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # A thread waits for stdin, and Python would wait for the thread.
    token = forge_token(forge_token_file) if allow_proposals else None
    run_async(_serve(repo, cache, git, programs, access, at, token, proposal_base))


async def _serve(
    repo: str,
    cache: Path,
    git: GitOptions,
    programs: Programs,
    access: Access,
    at: ForgeAccess,
    token: SecretFile | None,
    base: str,
) -> None:
    """token: None where nothing may be proposed. Raises BadParameter, ReconcilerError."""
    from reconciler.assistants.questions import Fleet
    from reconciler.assistants.server import ToolServer
    from reconciler.assistants.tools import tools

    proposals = await _proposals(repo, at, token, base) if token is not None else None
    async with open_session(repo, cache, git, programs) as opened:
        access = replace(access, member_root=access.member_root or member_root_of(opened.repository))
        await ToolServer(Fleet(opened, access, now), tools(proposals)).serve()


async def _proposals(repo: str, at: ForgeAccess, token: SecretFile, base: str) -> Proposals:
    """Raises BadParameter, ReconcilerError."""
    from reconciler.assistants.propose import Proposals

    url, _ = await remote_place(repo)
    return Proposals(at.address(url), token, base)
