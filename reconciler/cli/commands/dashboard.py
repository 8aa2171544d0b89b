"""`dashboard`: pages about the fleet, from the status branch of a clone."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import exitcodes
from reconciler.cli.dashboard_server import checked_settings, serving_pages
from reconciler.cli.git_options import reads_git
from reconciler.cli.options import DEFAULT_CACHE, At, Cache
from reconciler.cli.render_options import expands
from reconciler.cli.session import run_async, session, stop_on_signals
from reconciler.cli.terminal import print_remarks
from reconciler.expanding.programs import Programs
from reconciler.pipeline.process.allocator import return_large_blocks
from reconciler.repo.options import GitOptions

if TYPE_CHECKING:
    from reconciler.dashboard.settings import DashboardSettings

Place = Annotated[str, typer.Argument(help="Repository: a folder, or a URL.", metavar="REPOSITORY")]
SettingsFile = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        envvar="RECONCILER_DASHBOARD_SETTINGS",
        help="The file that says who may see what, and how people sign in. Needed beyond loopback.",
        metavar="FILE",
    ),
]
Listen = Annotated[str, typer.Option("--listen", help="Where to serve the pages.", metavar="HOST:PORT")]


@expands
@reads_git
def run(
    git: GitOptions,
    programs: Programs,
    repo: Place = ".",
    revision: At = "HEAD",
    listen: Listen = "127.0.0.1:8090",
    settings_file: SettingsFile = None,
    cache: Cache = DEFAULT_CACHE,
) -> None:
    """Serves pages about the fleet until it is stopped: members, applications, objects with the reasons of their placement,
    policies, search. It reads the repository and its status branch, contacts no member, and writes nothing.

    Example: reconciler dashboard
    """
    settings = checked_settings(listen, settings_file)
    run_async(_serve(repo, revision, cache, git, programs, listen, settings))
    raise typer.Exit(exitcodes.DONE)


async def _serve(
    repo: str, revision: str, cache: Path, git: GitOptions, programs: Programs, listen: str, settings: DashboardSettings
) -> None:
    return_large_blocks()
    async with session(repo, cache, git, programs) as opened:
        stop = asyncio.Event()
        stop_on_signals(stop)
        pages = serving_pages(
            opened.repository, opened.compiler, settings, listen, option="--listen", revision=revision, alone=True
        )
        async with pages as port:
            print_remarks([f"The dashboard is at http://{listen.rpartition(':')[0]}:{port}/ until Ctrl-C."])
            await stop.wait()
