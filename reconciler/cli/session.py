"""The start of every command: the repository, and the event loop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from reconciler.answers.session import STORED, Session, open_session
from reconciler.cli.options import DEFAULT_CACHE
from reconciler.cli.working import working
from reconciler.expanding.programs import FROM_PATH, Programs
from reconciler.repo.client import Repository
from reconciler.repo.options import GitOptions
from reconciler.repo.remote_url import is_url

if TYPE_CHECKING:
    pass

T = TypeVar("T")


@asynccontextmanager
async def session(
    repo: str, cache: Path = DEFAULT_CACHE, git: GitOptions = STORED, programs: Programs = FROM_PATH
) -> AsyncIterator[Session]:
    """git: by default, what belongs to a revision and is kept elsewhere comes from the cache, or without credentials."""
    async with open_session(repo, cache, git, programs) as opened:
        yield opened


@asynccontextmanager
async def work_tree(repo: str) -> AsyncIterator[Repository]:
    """A repository whose files can be edited. Raises BadParameter for a URL."""
    if is_url(repo):
        raise typer.BadParameter("the command edits files and commits them; name a clone, not a URL", param_hint="--repo")
    async with await Repository.open(repo) as repository:
        yield repository


def stop_on_signals(stop: asyncio.Event) -> None:
    """SIGTERM and SIGINT set the event from now on, in place of ending the process at once."""
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)


async def until(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Runs work until it ends, or the event is set; then it is cancelled."""
    task, stopped = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            await task
    finally:
        for one in (task, stopped):
            one.cancel()
        await asyncio.gather(task, stopped, return_exceptions=True)


def run_async(work: Coroutine[Any, Any, T], doing: str = "") -> T:
    """Runs a coroutine in a new event loop, and returns its result. doing: what a terminal says where it takes long."""
    from reconciler.pipeline.process.query_process import queries_in_their_own_process
    from reconciler.pipeline.process.script_process import scripts_in_their_own_process

    # The task must not return the result: when asyncio.run compares the signal handler with its own, `signal` formats the task
    # with its result into the message of an exception that nobody sees. For a compiled fleet that takes 17 s.
    results: list[T] = []

    async def main() -> None:
        results.append(await work)

    with scripts_in_their_own_process(), queries_in_their_own_process(), working(doing) if doing else nullcontext():
        asyncio.run(main())
    return results[0]


def now() -> datetime:
    return datetime.now(UTC)
