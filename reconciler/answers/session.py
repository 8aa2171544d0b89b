"""One repository, opened for questions: its revisions, what they declare, the recorded state, and a compiler that is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.expanding.programs import FROM_PATH, Programs
from reconciler.load.configuration import settings_in
from reconciler.load.layout import CONFIGURATION_MARK, SUFFIXES, printable
from reconciler.model.desired import DesiredState
from reconciler.model.manifest import Path as ManifestPath
from reconciler.model.origin import Origin
from reconciler.model.settings import Settings
from reconciler.model.tenant import Tenancy
from reconciler.present.notices import not_recorded_lines
from reconciler.record.status_branch import Recorded, read_recorded
from reconciler.repo.client import Repository
from reconciler.repo.command import REMOTE
from reconciler.repo.options import GitOptions, OutsideOptions
from reconciler.repo.revision import Commit

if TYPE_CHECKING:
    from reconciler.expanding.expanding_compiler import ExpandingCompiler
    from reconciler.pipeline.compiler import Compiler

STORED = GitOptions(outside=OutsideOptions())
"""What belongs to a revision and is kept elsewhere comes from the cache, or without credentials."""


@dataclass(slots=True)
class Session:
    """One repository, opened. What compiles a revision is imported when it is needed, and made once."""

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
async def open_session(
    repo: str, cache: Path, git: GitOptions = STORED, programs: Programs = FROM_PATH
) -> AsyncIterator[Session]:
    """repo: a folder or a URL. cache: the folder for the mirror of a URL, and for expansions."""
    async with await Repository.open(repo, cache=cache, options=git) as repository:
        yield Session(repository, programs, cache)


def member_root_of(repository: Repository) -> Path | None:
    """The default member root: `<repository>.members`, next to the repository; None for a repository at a URL."""
    top = repository.work_tree or (Path(repository.place) if Path(repository.place).is_dir() else None)
    return top.with_name(f"{top.name}.members") if top else None
