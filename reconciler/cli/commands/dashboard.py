"""`dashboard`: pages about the fleet, from the status branch of a clone."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli import exitcodes
from reconciler.cli.git_options import reads_git
from reconciler.cli.options import DEFAULT_CACHE, At, Cache
from reconciler.cli.render_options import expands
from reconciler.cli.session import now, run_async, session, stop_on_signals
from reconciler.cli.terminal import print_remarks
from reconciler.daemon.http_server import listening
from reconciler.dashboard.facts_reader import FactsReader
from reconciler.dashboard.settings import DashboardSettings, check_address, read_settings
from reconciler.dashboard.site import Site
from reconciler.expanding.programs import Programs
from reconciler.repo.options import GitOptions

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
    settings = read_settings(settings_file) if settings_file is not None else DashboardSettings()
    check_address(listen, settings)
    run_async(_serve(repo, revision, cache, git, programs, listen, settings))
    raise typer.Exit(exitcodes.DONE)


async def _serve(
    repo: str, revision: str, cache: Path, git: GitOptions, programs: Programs, listen: str, settings: DashboardSettings
) -> None:
    async with session(repo, cache, git, programs) as opened:
        repository = opened.repository
        fetch = repository.fetch if repository.is_mirror else None
        site = Site(FactsReader(repository, opened.compiler, now, revision, fetch=fetch), now, settings)
        stop = asyncio.Event()
        stop_on_signals(stop)
        async with listening(site.application(), listen, "--listen", strangers=True) as port:
            host = listen.rpartition(":")[0]
            print_remarks([f"The dashboard is at http://{host}:{port}/ until Ctrl-C."])
            await stop.wait()
            await site.live.close()
