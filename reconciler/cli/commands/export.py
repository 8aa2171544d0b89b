"""`export`: everything for one member as a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from reconciler.agent.export import Exported, Exporter
from reconciler.answers.session import Session
from reconciler.cli import exitcodes
from reconciler.cli.git_options import records_git
from reconciler.cli.options import DEFAULT_CACHE, Cache, Repo
from reconciler.cli.render_options import expands
from reconciler.cli.session import now, run_async
from reconciler.cli.terminal import print_issues, print_lines, print_remarks
from reconciler.expanding.programs import Programs
from reconciler.model.keys import ClusterName
from reconciler.model.wording import plural
from reconciler.repo.bundle import BundleRepository
from reconciler.repo.options import GitOptions

Member = Annotated[str, typer.Option("--member", help="The member, as its Cluster file names it.", metavar="NAME")]
To = Annotated[Path, typer.Option("--to", help="The file to write, which only this user can read.", metavar="FILE")]
Push = Annotated[bool, typer.Option("--push/--no-push", help="Push the branch of the exports, if there is a remote.")]
WithSecrets = Annotated[
    bool | None,
    typer.Option(
        "--with-secrets/--without-secrets",
        help="Whether Secrets are part of it; by default not. After an export that had some, one of the two is needed.",
    ),
]


@expands
@records_git
def run(
    git: GitOptions,
    programs: Programs,
    member: Member,
    to: To,
    with_secrets: WithSecrets = None,
    repo: Repo = ".",
    push: Push = True,
    cache: Cache = DEFAULT_CACHE,
) -> None:
    """For a Cluster with syncMode: Pull that no network reaches. Writes what the last `sync`, or `run`, decided for it to the
    branch reconciler/exports/NAME, as a small config repository with nothing of other members, and the branch to a Git bundle.
    `apply` brings the member to it. No member is contacted. The exit code is 1 if something could not be expanded: its objects
    are then as in the export before.

    Example: reconciler export --member site7 --to site7.bundle
    """
    work = _export(repo, cache, git, programs, ClusterName(member), to, with_secrets, push=push)
    exported, head = run_async(work, "rendering")
    print_issues(exported.unexpanded)
    print_lines(_lines(exported, to))
    if head != exported.decided.revision:
        print_remarks(
            [
                f"HEAD ({head[:12]}) is not part of it: {exported.decided.revision[:12]} was decided about last",
                "  Run `reconciler sync` first, or let `reconciler run` record its decision.",
            ]
        )
    raise typer.Exit(exitcodes.ANSWER_IS_NO if exported.unexpanded else exitcodes.DONE)


async def _export(
    repo: str,
    cache: Path,
    git: GitOptions,
    programs: Programs,
    member: ClusterName,
    to: Path,
    secrets: bool | None,
    *,
    push: bool,
) -> tuple[Exported, str]:
    """With the id of HEAD."""
    async with await BundleRepository.open(repo, cache=cache, options=git) as repository:
        head = await repository.resolve("HEAD")
        settings = await Session(repository).settings(head)
        exporter = Exporter(repository, settings.status_branch, now(), push, programs, cache)
        return await exporter.write(member, to, secrets=secrets), head.sha


def _lines(exported: Exported, to: Path) -> Iterator[str]:
    if exported.commit:
        counts = f"{plural(exported.written, 'file')} written, {exported.removed} removed"
        yield f"{exported.branch}: {counts} (revision {exported.decided.revision[:10]})"
    else:
        yield f"{exported.branch}: unchanged (revision {exported.decided.revision[:10]})"
    if exported.left_out:
        yield f"{exported.branch}: {plural(len(exported.left_out), 'Secret')} left out (--with-secrets)"
    yield f"{to}: {plural(exported.objects, 'object')}"
