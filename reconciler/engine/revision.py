"""From a commit to what it says: the one place where the compiler is fed from a repository."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from reconciler.engine.compiler import Compiler, Tree, printable
from reconciler.model.desired import DesiredState
from reconciler.repo.client import Repository
from reconciler.repo.revision import Commit


async def load_revision(
    repository: Repository, commit: Commit, compiler: Compiler, *, check: Collection[str] | None = None
) -> DesiredState:
    """Raises RepositoryError. `check` as for `Compiler.load`."""
    tree = await repository.read_tree(commit)
    blobs = await repository.read_blobs(compiler.missing(tree))
    return await asyncio.to_thread(compiler.load, tree, blobs, check=check)


def changed_files(before: Tree, after: Tree) -> frozenset[str]:
    """The paths of `after` whose content is not that of `before`, as they are shown."""
    return frozenset(printable(path) for path, entry in after.items() if before.get(path) != entry)
