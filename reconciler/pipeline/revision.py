"""From a commit to its desired state: the one place where the compiler gets files from Git."""

from __future__ import annotations

from collections.abc import Collection

from reconciler.model.desired import DesiredState
from reconciler.pipeline.process.client import CompilerClient
from reconciler.repo.client import Repository
from reconciler.repo.revision import Commit


async def load_revision(
    repository: Repository, commit: Commit, compiler: CompilerClient, *, check: Collection[str] | None = None
) -> DesiredState:
    """check: as for `Compiler.load`. Raises RepositoryError, and what the compiler raises."""
    tree = await repository.read_tree(commit)
    blobs = await repository.read_blobs(await compiler.missing(tree))
    return await compiler.load(tree, blobs, check=check)
