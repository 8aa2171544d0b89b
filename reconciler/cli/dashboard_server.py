"""The server of the dashboard, alone (`dashboard`) or beside the loop of `run`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.grouped_options import grouped
from reconciler.cli.session import now
from reconciler.expanding.programs import Programs
from reconciler.repo.client import Repository
from reconciler.repo.options import GitOptions

if TYPE_CHECKING:
    from reconciler.dashboard.settings import DashboardSettings
    from reconciler.pipeline.process.client import CompilerClient

Listen = Annotated[
    str,
    typer.Option(
        "--dashboard",
        envvar="RECONCILER_DASHBOARD",
        help="Where to serve pages about the fleet, such as 127.0.0.1:8090; by default nowhere.",
        metavar="HOST:PORT",
    ),
]
SettingsFile = Annotated[
    Path | None,
    typer.Option(
        "--dashboard-settings",
        envvar="RECONCILER_DASHBOARD_SETTINGS",
        help="The file that says who may see what of the dashboard, and how people sign in. Needed beyond loopback.",
        metavar="FILE",
    ),
]


@dataclass(frozen=True, slots=True)
class DashboardOptions:
    """Where the dashboard is served, and by which settings; nowhere where `listen` is empty."""

    listen: str
    settings: DashboardSettings | None


def dashboard_options(dashboard: Listen = "", dashboard_settings: SettingsFile = None) -> DashboardOptions:
    """Raises SettingsError."""
    return DashboardOptions(dashboard, checked_settings(dashboard, dashboard_settings) if dashboard else None)


serves_dashboard = grouped("dashboard", dashboard_options)
"""Replaces the parameter `dashboard` of a command by the options of `dashboard_options`."""


def checked_settings(listen: str, file: Path | None) -> DashboardSettings:
    """Raises SettingsError, also where these settings do not go with the address."""
    from reconciler.dashboard.settings import DashboardSettings, check_address, read_settings

    settings = read_settings(file) if file is not None else DashboardSettings()
    check_address(listen, settings)
    return settings


@asynccontextmanager
async def serving_pages(
    repository: Repository,
    compiler: CompilerClient,
    settings: DashboardSettings,
    listen: str,
    *,
    option: str,
    revision: str = "HEAD",
    alone: bool = False,
) -> AsyncIterator[int]:
    """Serves while the block runs, and yields the port. alone: whether the process has nothing else to do: it then
    brings what is new at the remote, and reads before anybody asks. Raises ListenError, SettingsError."""
    from reconciler.daemon.http_server import listening
    from reconciler.dashboard.facts_reader import FactsReader
    from reconciler.dashboard.forge_pages import pages_of_remote
    from reconciler.dashboard.site import Site

    reader = FactsReader(repository, compiler, now, revision, fetch=repository.fetch if alone and repository.is_mirror else None)
    site = Site(reader, now, settings, pages_of_remote([repository.place, *(await repository.remotes()).values()]))
    async with listening(site.application(), listen, option, strangers=True) as port:
        warming = asyncio.create_task(reader.warm(now())) if alone else None
        try:
            yield port
        finally:
            await site.live.close()
            if warming is not None:
                warming.cancel()


@asynccontextmanager
async def serving_beside(
    options: DashboardOptions, repo: str, cache: Path, git: GitOptions, programs: Programs, revision: str
) -> AsyncIterator[int]:
    """For a process that has more to do: the pages have a handle of the repository and a compiler of their own, so that no
    question of a page delays a pass. The process fetches. Yields the port; 0 where no pages are served."""
    if not options.listen or options.settings is None:
        yield 0
        return
    from reconciler.expanding.expanding_compiler import with_expansions
    from reconciler.pipeline.process.process_compiler import ProcessCompiler

    async with (
        await Repository.open(repo, cache=cache, options=git, offline=True) as repository,
        ProcessCompiler() as compiler,
        serving_pages(
            repository,
            with_expansions(compiler, repository, programs, cache),
            options.settings,
            options.listen,
            option="--dashboard",
            revision=revision,
        ) as port,
    ):
        yield port
