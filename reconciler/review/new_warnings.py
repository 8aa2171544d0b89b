"""Which warnings of a revision are new: those in files that differ from the revision that was applied last."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.load.layout import printable
from reconciler.model.issues import Issue, each_once
from reconciler.repo.client import Repository
from reconciler.repo.failures import RepositoryError
from reconciler.repo.revision import Commit


async def new_warnings(
    repository: Repository, before: str, after: Commit, warnings: Iterable[Issue]
) -> tuple[list[Issue], list[Issue]]:
    """The new ones and the others, each sorted. before: the id of the revision that was applied last; empty for none, so that
    all are new. Where this clone lacks it, none is known to be new."""
    issues = list(each_once(warnings))
    if not before:
        return issues, []
    try:
        old = await repository.read_tree(await repository.resolve(before, recorded=True))
    except RepositoryError:
        return [], issues
    tree = await repository.read_tree(after)
    changed = {printable(path) for path, entry in tree.items() if path not in old or old[path].blob != entry.blob}
    return [one for one in issues if one.origin.file in changed], [one for one in issues if one.origin.file not in changed]
