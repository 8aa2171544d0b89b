"""`code-scanning`: the issues of a revision, as alerts of GitHub's code scanning."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from reconciler.cli import exitcodes
from reconciler.cli.forge_options import ForgeApi, forge_token, remote_place
from reconciler.cli.options import AllowInsecure, Repo
from reconciler.cli.session import run_async
from reconciler.cli.terminal import print_lines, print_remarks, print_text
from reconciler.model.issues import Issue
from reconciler.model.wording import plural
from reconciler.notify.code_scanning import MOST_RESULTS, send_sarif
from reconciler.notify.forge import connected_forge
from reconciler.notify.forge_api import ForgeKind, address_of
from reconciler.notify.pull_requests import pull_request_at, with_retries
from reconciler.notify.secret_file import SecretFile
from reconciler.present.document import Format, document_text
from reconciler.present.issues_reader import issues_of
from reconciler.present.sarif import sarif_document
from reconciler.present.untrusted import MOST

File = Annotated[Path, typer.Option("--file", help="What `validate -o json` printed; - is stdin.", metavar="FILE")]
Head = Annotated[
    str,
    typer.Option("--head", help="The full id of the commit that was validated.", metavar="COMMIT", show_default=False),
]
Pull = Annotated[
    int | None,
    typer.Argument(
        help="The pull request. If it is left out, the forge is asked for it.", metavar="PULL", min=1, show_default=False
    ),
]
Branch = Annotated[
    str,
    typer.Option("--branch", help="The branch with this commit, where it is none of a pull request.", metavar="NAME"),
]
ScanningTokenFile = Annotated[
    Path | None,
    typer.Option(
        "--forge-token-file",
        envvar="RECONCILER_FORGE_TOKEN_FILE",
        help="The file with a token that may write security events; else it is in RECONCILER_FORGE_TOKEN.",
        metavar="FILE",
    ),
]


DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the SARIF log, and send nothing.")]


def run(
    head: Head,
    pull: Pull = None,
    branch: Branch = "",
    file: File = Path("-"),
    repo: Repo = ".",
    forge_api: ForgeApi = "",
    forge_token_file: ScanningTokenFile = None,
    allow_insecure: AllowInsecure = False,
    dry_run: DryRun = False,
) -> None:
    """Sends the issues that `validate` found to the code scanning of GitHub, which shows them in the changed files: for the
    commit that is the newest of an open pull request, or for a branch. A forge that does not answer is asked up to five times.

    The file may come from a job that is not trusted: the log that is sent is made here, and what the file says is text in it.

    Example: reconciler code-scanning --head "$(git rev-parse HEAD)" --branch main --file issues.json
    """
    if not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", head):
        raise typer.BadParameter("this is no full id of a commit", param_hint="--head")
    if pull and branch:
        raise typer.BadParameter("the commit is that of a pull request or of a branch; name one of them", param_hint="--branch")
    issues = _issues(file)
    if len(issues) > MOST_RESULTS:
        print_remarks([f"GitHub takes {MOST_RESULTS} issues; {len(issues) - MOST_RESULTS} are left out; errors are sent first."])
        issues = sorted(sorted(issues, key=lambda issue: issue.severity)[:MOST_RESULTS])
    log = document_text(sarif_document(issues), Format.JSON)
    if dry_run:
        print_text(log)
        raise typer.Exit(exitcodes.DONE)
    token = forge_token(forge_token_file)
    where = _Where(head, pull or 0, branch and f"refs/heads/{branch.removeprefix('refs/heads/')}")
    sent = run_async(_send(repo, forge_api, token, where, log.encode(), allow_insecure=allow_insecure))
    if sent:
        print_lines([f"sent {plural(len(issues), 'issue')} to code scanning for {sent}"])
    else:
        known = f"pull request {pull}" if pull else "an open one"
        print_remarks([f"Nothing sent: {head} is not the newest commit of {known}."])
    raise typer.Exit(exitcodes.DONE)


class _Where(NamedTuple):
    """What the issues are about."""

    head: str
    pull: int
    """0: the open pull request with this commit."""
    ref: str
    """Of a branch; empty for a pull request."""


def _issues(file: Path) -> list[Issue]:
    """Raises NoIssuesError, OSError."""
    if str(file) == "-":
        return issues_of(sys.stdin.buffer.read(MOST + 1), "stdin")
    with file.open("rb") as opened:
        return issues_of(opened.read(MOST + 1), str(file))


async def _send(repo: str, api: str, token: SecretFile, where: _Where, log: bytes, *, allow_insecure: bool) -> str:
    """What the log was sent for; empty where it was not."""
    url, _ = await remote_place(repo)
    address = address_of(ForgeKind.GITHUB, url, api, allow_insecure=allow_insecure)

    async def attempt() -> str:
        async with connected_forge(address, token.read()[0]) as forge:
            number = None if where.ref else await pull_request_at(forge, where.head, where.pull)
            ref = where.ref or (f"refs/pull/{number}/head" if number else "")
            if ref:
                await send_sarif(forge, where.head, ref, log)
            return ref

    return await with_retries(attempt)
