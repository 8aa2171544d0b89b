"""Files of the work tree that a command did not look at, because they are not committed."""

from __future__ import annotations

from reconciler.load.layout import is_included, may_be_configuration, printable
from reconciler.model.settings import Settings
from reconciler.repo.client import Repository
from reconciler.repo.revision import Commit


async def uncommitted_files(repository: Repository, commit: Commit, settings: Settings) -> tuple[str, ...]:
    """The printable paths of files that differ from HEAD, changed, new or deleted, and that would be read if they were committed;
    sorted. Ignored files do not count. Empty where the commit is not HEAD, and where there is no work tree.

    settings: those of the commit. Raises RepositoryError.
    """
    paths = await repository.uncommitted_paths(commit)
    included = {path for path in paths if is_included(printable(path), settings.include, settings.exclude)}
    others = {path for path in paths if path not in included and is_included(printable(path), ("**",), ())}
    if others:
        included |= await _configuration_in(repository, commit, others)
    return tuple(printable(path) for path in paths if path in included)


async def _configuration_in(repository: Repository, commit: Commit, paths: set[str]) -> set[str]:
    """Those of these paths at which the Configuration can be, in the commit or in the work tree."""
    tree, files = await repository.read_tree(commit), await repository.read_uncommitted()
    blobs = await repository.read_blobs(tree[path].blob for path in paths if path in tree and tree[path].is_file)
    found: set[str] = set()
    for path in paths:
        file = files.get(path)
        contents = (file.content if file else b"", blobs.get(tree[path].blob, b"") if path in tree else b"")
        if any(isinstance(content, bytes) and may_be_configuration(printable(path), content) for content in contents):
            found.add(path)
    return found
