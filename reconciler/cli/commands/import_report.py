"""`import-report`: the report on a member that somebody carried back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reconciler.agent.carried_report import ImportedReport, import_report
from reconciler.answers.session import Session
from reconciler.cli import exitcodes
from reconciler.cli.git_options import records_git
from reconciler.cli.options import DEFAULT_CACHE, Cache, Repo
from reconciler.cli.session import now, run_async
from reconciler.cli.terminal import print_lines
from reconciler.model.health import HealthStatus
from reconciler.model.moments import time_text
from reconciler.repo.bundle import BundleRepository
from reconciler.repo.options import GitOptions

Bundle = Annotated[Path, typer.Argument(help="The file that `apply --report` wrote.", metavar="FILE")]


@records_git
def run(git: GitOptions, bundle: Bundle, repo: Repo = ".", cache: Cache = DEFAULT_CACHE) -> None:
    """Puts the report on the branch reconciler/members/NAME, as an agent does, and pushes it if there is a remote. The next pass
    of `run`, or the next `sync`, reads it. A report that is older than the present one is refused, and so is one of a member that
    HEAD does not declare with syncMode: Pull. With --verify-keys, one of these keys must have signed it.

    Example: reconciler import-report site7.report
    """
    imported = run_async(_import(repo, cache, git, bundle))
    report = imported.report
    current = sum(one.health.status is HealthStatus.CURRENT for one in report.statuses.values())
    what = f"{report.cluster}: revision {report.revision[:10]}, {current} of {len(report.statuses)} objects Current"
    print_lines([f"{what}, at {time_text(report.at)}{'' if imported.is_new else ' (it is here already)'}"])
    raise typer.Exit(exitcodes.DONE)


async def _import(repo: str, cache: Path, git: GitOptions, bundle: Path) -> ImportedReport:
    async with await BundleRepository.open(repo, cache=cache, options=git) as repository:
        return await import_report(repository, Session(repository).compiler, bundle, now())
