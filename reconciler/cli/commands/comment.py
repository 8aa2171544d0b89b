"""`comment`: the diff of a pull request, as one comment on it."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli import exitcodes
from reconciler.cli.forge_options import ForgeAccess, forge_token, reaches_forge, remote_place
from reconciler.cli.options import Repo
from reconciler.cli.session import run_async
from reconciler.cli.terminal import print_lines, print_remarks, print_text
from reconciler.notify.forge import Forge, connected_forge
from reconciler.notify.pull_requests import keep_comment, pull_request_at, with_retries
from reconciler.notify.secret_file import SecretFile
from reconciler.present.review_page.markdown import markdown_text
from reconciler.present.review_page.page import Page
from reconciler.present.review_page.page_document import page_of
from reconciler.present.untrusted import MOST

Pull = Annotated[
    int | None,
    typer.Argument(
        help="The number of the pull request. May be left out with --head.", metavar="PULL", min=1, show_default=False
    ),
]
File = Annotated[
    Path,
    typer.Option("--file", help="What `diff -o json` printed; - is stdin.", metavar="FILE"),
]
Head = Annotated[
    str,
    typer.Option(
        "--head",
        help="The full id of the commit that was compared: comment only where it is the newest of an open pull request. Without "
        "PULL, the forge is asked for the one.",
        metavar="COMMIT",
    ),
]
CommentTokenFile = Annotated[
    Path | None,
    typer.Option(
        "--forge-token-file",
        envvar="RECONCILER_FORGE_TOKEN_FILE",
        help="The file with a token that may comment on pull requests; else it is in RECONCILER_FORGE_TOKEN.",
        metavar="FILE",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the comment, and send nothing.")]


@reaches_forge
def run(
    at: ForgeAccess,
    pull: Pull = None,
    file: File = Path("-"),
    head: Head = "",
    repo: Repo = ".",
    forge_token_file: CommentTokenFile = None,
    dry_run: DryRun = False,
) -> None:
    """Makes the diff a comment on a pull request (GitLab: a merge request), and the next time replaces the content of that
    comment. It is found again by its first line and its author. A forge that does not answer is asked up to five times.

    The file may come from a job that is not trusted: of the page in it, all is shown as text, and nothing else of it is read.

    Example: reconciler comment 17 --file diff.json --forge gitea
    """
    if head and not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", head):
        raise typer.BadParameter("this is no full id of a commit", param_hint="--head")
    if dry_run:
        print_text(markdown_text(_page(file)))
        raise typer.Exit(exitcodes.DONE)
    if not pull and not head:
        raise typer.BadParameter("name the number of the pull request, or its newest commit with --head", param_hint="PULL")
    at.needed()
    token = forge_token(forge_token_file)
    text = markdown_text(_page(file))
    run_async(_comment(repo, at, token, pull or 0, head, text))
    raise typer.Exit(exitcodes.DONE)


def _page(file: Path) -> Page:
    """Raises PageError, OSError."""
    if str(file) == "-":
        return page_of(sys.stdin.buffer.read(MOST + 1), "stdin")
    with file.open("rb") as opened:
        return page_of(opened.read(MOST + 1), str(file))


async def _comment(repo: str, at: ForgeAccess, token: SecretFile, pull: int, head: str, text: str) -> None:
    url, _ = await remote_place(repo)
    address = at.address(url)

    async def attempt() -> None:
        async with connected_forge(address, token.read()[0]) as forge:
            await _keep(forge, pull, head, text)

    await with_retries(attempt)


async def _keep(forge: Forge, pull: int, head: str, text: str) -> None:
    number = await pull_request_at(forge, head, pull) if head else pull
    if number is None:
        print_remarks([f"No comment: {head} is not the newest commit of {f'pull request {pull}' if pull else 'an open one'}."])
        return
    kept = await keep_comment(forge, number, text)
    print_lines([f"{kept.action} comment {kept.id} on pull request {number}"])
