"""What every command begins with: the repository, the revision, the recorded state, and the door of the event loop."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Collection, Coroutine, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import typer

from reconciler.cli.options import DEFAULT_CACHE
from reconciler.model.desired import DesiredState
from reconciler.pipeline.process.client import CompilerClient, InThread
from reconciler.pipeline.revision import load_revision
from reconciler.record.commit import Recorded, read_recorded
from reconciler.repo.client import Repository
from reconciler.repo.mirror import is_url
from reconciler.repo.revision import Commit

T = TypeVar("T")


@dataclass(slots=True)
class Session:
    """One repository, opened for one command."""

    repository: Repository
    compiler: CompilerClient = field(default_factory=InThread)

    async def load(self, revision: str, *, check: Collection[str] | None = None) -> tuple[Commit, DesiredState]:
        """What a revision says; `check` as for `Compiler.load`."""
        commit = await self.repository.resolve(revision)
        return commit, await load_revision(self.repository, commit, self.compiler, check=check)

    async def recorded(self, desired: DesiredState) -> Recorded:
        return await read_recorded(self.repository, desired.settings.status_branch)


@asynccontextmanager
async def session(repo: str, cache: Path = DEFAULT_CACHE) -> AsyncIterator[Session]:
    async with await Repository.open(repo, cache=cache) as repository:
        yield Session(repository)


@asynccontextmanager
async def work_tree(repo: str) -> AsyncIterator[Repository]:
    """A repository whose files can be edited."""
    if is_url(repo):
        raise typer.BadParameter("this edits files and commits them: name a clone, not a URL", param_hint="--repo")
    async with await Repository.open(repo) as repository:
        yield repository


def refuse_unknown_clusters(asked: Iterable[str], known: Collection[str]) -> None:
    """A misspelt name is wrong usage, rather than a member that holds nothing."""
    unknown = sorted(set(asked).difference(known))
    if unknown:
        raise typer.BadParameter(f"no such cluster: {', '.join(unknown)}")


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """The one place where a command enters the event loop."""
    # The result goes past the task: asyncio.run asks for the signal handler that it set, `signal` puts that into the text of an
    # exception that nobody sees, and in there are the task and its result, spelled out (a compiled fleet: 17 s).
    results: list[T] = []

    async def main() -> None:
        results.append(await work)

    asyncio.run(main())
    return results[0]


def now() -> datetime:
    return datetime.now(UTC)


def member_root_of(repository: Repository) -> Path | None:
    """The default folder of directory members: `<repository>.members`, beside it; none for a repository at a URL."""
    top = repository.work_tree or (Path(repository.place) if Path(repository.place).is_dir() else None)
    return top.with_name(f"{top.name}.members") if top else None


def duration(text: str) -> timedelta:
    """Of an option: a number with a unit."""
    match = re.fullmatch(r"(\d{1,6})(s|m|h)", text)
    if match is None:
        raise typer.BadParameter(f"{text} is no duration; write a number with s, m or h, such as 90s")
    return timedelta(seconds=int(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2]])
