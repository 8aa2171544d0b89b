"""From a commit to what it says: the one place where the compiler is fed from a repository."""

from __future__ import annotations

from collections.abc import Collection

from reconciler.load.layout import printable
from reconciler.model.desired import DesiredState
from reconciler.model.tree import Tree
from reconciler.pipeline.process.client import CompilerClient
from reconciler.repo.client import Repository
from reconciler.repo.revision import Commit


async def load_revision(
    repository: Repository, commit: Commit, compiler: CompilerClient, *, check: Collection[str] | None = None
) -> DesiredState:
    """Raises RepositoryError. `check` as for `Compiler.load`."""
    tree = await repository.read_tree(commit)
    blobs = await repository.read_blobs(await compiler.missing(tree))
    return await compiler.load(tree, blobs, check=check)


def changed_files(before: Tree, after: Tree) -> frozenset[str]:
    """The paths of `after` whose content is not that of `before`, as they are shown."""
    return frozenset(printable(path) for path, entry in after.items() if before.get(path) != entry)
