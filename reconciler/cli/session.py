"""The start of every command: the repository, the revision, the recorded state, and the event loop."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import AsyncIterator, Collection, Coroutine, Iterable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from reconciler.cli.options import DEFAULT_CACHE
from reconciler.cli.working import working
from reconciler.expanding.programs import FROM_PATH, Programs
from reconciler.load.configuration import settings_in
from reconciler.load.layout import CONFIGURATION_MARK, SUFFIXES, printable
from reconciler.model.desired import DesiredState
from reconciler.model.manifest import Path as ManifestPath
from reconciler.model.origin import Origin
from reconciler.model.settings import Settings
from reconciler.model.spelling import did_you_mean
from reconciler.model.tenant import Tenancy
from reconciler.model.wording import first_few
from reconciler.present.notices import not_recorded_lines
from reconciler.record.status_branch import Recorded, read_recorded
from reconciler.repo.client import Repository
from reconciler.repo.command import REMOTE
from reconciler.repo.options import GitOptions, OutsideOptions
from reconciler.repo.remote_url import is_url
from reconciler.repo.revision import Commit

if TYPE_CHECKING:
    from reconciler.expanding.expanding_compiler import ExpandingCompiler
    from reconciler.pipeline.compiler import Compiler

T = TypeVar("T")
_STORED = GitOptions(outside=OutsideOptions())
_NAMED = 10
"""Members that a message names before it counts the rest."""


@dataclass(slots=True)
class Session:
    """One repository, opened for one command. What compiles a revision is imported when it is needed."""

    repository: Repository
    programs: Programs = FROM_PATH
    cache: Path | None = None
    """Where expansions are kept."""
    _compilers: list[tuple[Compiler, ExpandingCompiler]] = field(default_factory=list)

    @property
    def compiler(self) -> ExpandingCompiler:
        return self._made()[1]

    def place(self, origin: Origin, path: ManifestPath) -> Origin:
        """As `Compiler.place`."""
        return self._made()[0].place(origin, path)

    def _made(self) -> tuple[Compiler, ExpandingCompiler]:
        if not self._compilers:
            from reconciler.pipeline.compiler import Compiler

            compiler = Compiler()
            self._compilers.append((compiler, self.expanding(compiler)))
        return self._compilers[0]

    def expanding(self, compiler: Compiler) -> ExpandingCompiler:
        """A client for a compiler in this process."""
        from reconciler.expanding.expanding_compiler import with_expansions
        from reconciler.pipeline.process.client import ThreadCompiler

        return with_expansions(ThreadCompiler(compiler), self.repository, self.programs, self.cache)

    async def load(
        self, revision: str, *, check: Collection[str] | None = None, judges: Tenancy | None = None
    ) -> tuple[Commit, DesiredState]:
        """The commit of a revision, and what it declares. check, judges: as for `Compiler.load`."""
        from reconciler.pipeline.revision import load_revision

        commit = await self.repository.resolve(revision)
        return commit, await load_revision(self.repository, commit, self.compiler, check=check, judges=judges)

    async def settings(self, commit: Commit) -> Settings:
        """The Configuration of a commit, found without reading its other files."""
        tree = await self.repository.read_tree(commit)
        paths = [path for path in await self.repository.files_containing(commit, CONFIGURATION_MARK) if path in tree]
        blobs = await self.repository.read_blobs(tree[path].blob for path in paths if path.endswith(SUFFIXES))
        contents = {printable(path): blobs.get(tree[path].blob) for path in paths}
        return settings_in({path: data for path, data in contents.items() if isinstance(data, bytes)})

    async def load_worktree(self, *, judges: Tenancy | None = None) -> tuple[Commit | None, DesiredState]:
        """HEAD, and what the files of the work tree declare as they are. None where there is no commit yet, but files are there.

        judges: as for `Compiler.load`. Raises RepositoryError where there is no work tree.
        """
        from reconciler.pipeline.revision import load_revision, revision_files

        files = await revision_files(self.repository, None)
        return files.commit, await load_revision(self.repository, files, self.compiler, judges=judges)

    async def uncommitted(self, commit: Commit, desired: DesiredState) -> tuple[str, ...]:
        """As `review.uncommitted.uncommitted_files`."""
        from reconciler.review.uncommitted import uncommitted_files

        return await uncommitted_files(self.repository, commit, desired.settings)

    async def recorded(self, desired: DesiredState) -> Recorded:
        """The recorded state on the status branch."""
        return await read_recorded(self.repository, desired.settings.status_branch)

    async def missing(self, recorded: Recorded, branch: str) -> list[str]:
        """The message where there is no status branch here, and its remedy; empty where there is one."""
        if recorded.commit is not None:
            return []
        return list(not_recorded_lines(branch, has_remote=await self.has_remote()))

    async def has_remote(self) -> bool:
        """Whether a branch that this clone lacks may be at its remote. A mirror has all branches of its remote."""
        return not self.repository.is_mirror and REMOTE in await self.repository.remotes()


@asynccontextmanager
async def session(
    repo: str, cache: Path = DEFAULT_CACHE, git: GitOptions = _STORED, programs: Programs = FROM_PATH
) -> AsyncIterator[Session]:
    """git: by default, what belongs to a revision and is kept elsewhere comes from the cache, or without credentials."""
    async with await Repository.open(repo, cache=cache, options=git) as repository:
        yield Session(repository, programs, cache)


@asynccontextmanager
async def work_tree(repo: str) -> AsyncIterator[Repository]:
    """A repository whose files can be edited. Raises BadParameter for a URL."""
    if is_url(repo):
        raise typer.BadParameter("the command edits files and commits them; name a clone, not a URL", param_hint="--repo")
    async with await Repository.open(repo) as repository:
        yield repository


def refuse_unknown_clusters(names: Iterable[str], declared: Collection[str]) -> None:
    """Raises BadParameter for names that are not declared: a misspelt name must not look like a member without objects."""
    unknown = sorted(set(names).difference(declared))
    if unknown:
        guess = did_you_mean(unknown[0], declared) if len(unknown) == 1 else ""
        members = f"The members are {first_few(sorted(declared), _NAMED)}." if declared else "No cluster is declared."
        raise typer.BadParameter(f"no such cluster: {', '.join(unknown)}. {guess} {members}".replace("  ", " "))


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


def member_root_of(repository: Repository) -> Path | None:
    """The default member root: `<repository>.members`, next to the repository; None for a repository at a URL."""
    top = repository.work_tree or (Path(repository.place) if Path(repository.place).is_dir() else None)
    return top.with_name(f"{top.name}.members") if top else None


def duration(text: str) -> timedelta:
    """The value of an option: a number with a unit. Raises BadParameter."""
    match = re.fullmatch(r"(\d{1,6})(s|m|h)", text)
    if match is None:
        raise typer.BadParameter(f"{text} is not a duration; write a number with s, m or h, such as 90s")
    return timedelta(seconds=int(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2]])
