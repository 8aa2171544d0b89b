"""`diff`: what a change does to every member, offline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli import exitcodes
from reconciler.cli.options import DEFAULT_CACHE, Cache, Format, Output, Repo
from reconciler.cli.output.diff import differences_document, print_differences
from reconciler.cli.output.document import print_document
from reconciler.cli.output.issues import print_issues
from reconciler.cli.session import now, run_async, session
from reconciler.engine.compare import Comparison, compare_revisions
from reconciler.model.issues import errors_in

Base = Annotated[str, typer.Argument(help="The revision to compare with.", metavar="BASE")]
Head = Annotated[str, typer.Argument(help="The revision with the change.", metavar="HEAD")]


def run(base: Base, head: Head = "HEAD", repo: Repo = ".", output: Output = Format.TABLE, cache: Cache = DEFAULT_CACHE) -> None:
    """Compares what two revisions give to every member. BASE is decided from the recorded placements, HEAD from BASE's, so
    that what would move is seen. The same change on several members is shown once. Exits with 1 when there are differences.

    Example, in a pull request: reconciler diff origin/main HEAD
    """
    comparison = run_async(_compare(repo, cache, base, head))
    print_issues(comparison.new_issues)
    if output is Format.TABLE:
        print_differences(comparison)
    else:
        print_document(differences_document(comparison), output)
    no = bool(comparison.differences) or bool(errors_in(comparison.new_issues))
    raise typer.Exit(exitcodes.ANSWER_IS_NO if no else exitcodes.DONE)


async def _compare(repo: str, cache: Path, base: str, head: str) -> Comparison:
    async with session(repo, cache) as opened:
        return await compare_revisions(opened.repository, opened.compiler, base, head, now())
