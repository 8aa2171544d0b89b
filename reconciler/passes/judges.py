"""Which Tenants judge a revision: those of the revision that was applied before it, as they were accepted then.

So an edit of a Tenant acts one revision later, and no revision can widen the rights of its own files. The status branch records
the files of the Tenants by Git's ids of their contents: of the revision that was applied last, and of those that judged it, since
further passes over the same revision must come to the same result. Where nothing was applied yet, a revision is judged by its own
Tenants.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.errors import ReconcilerError
from reconciler.model.desired import DesiredState
from reconciler.model.recorded import RecordedState
from reconciler.model.tenant import Tenancy
from reconciler.model.tree import TreeEntry
from reconciler.pipeline.compiler import Compiler
from reconciler.pipeline.process.client import CompilerClient
from reconciler.pipeline.revision import load_revision
from reconciler.repo.client import Repository
from reconciler.repo.failures import RepositoryError
from reconciler.repo.revision import Commit


class TenantsUnknownError(ReconcilerError):
    """The Tenants that a revision declares, or that judge it, cannot be read; so nobody knows what it may do."""


async def judges_of(repository: Repository, recorded: RecordedState, commit: str) -> Tenancy | None:
    """commit: the id of the revision. None: its own Tenants judge it. Raises TenantsUnknownError."""
    if not recorded.revision:
        return None
    return await tenancy_of(repository, recorded.judges if recorded.revision == commit else recorded.tenants)


async def tenancy_of(repository: Repository, files: Mapping[str, str]) -> Tenancy:
    """The Tenants that some files declare. files: path → Git's id of the content. Raises TenantsUnknownError."""
    try:
        blobs = await repository.read_blobs(files.values())
    except RepositoryError as error:
        if error.temporary:
            raise
        raise TenantsUnknownError(
            f"the Tenants of the revision that was applied last cannot be read: {error.message}",
            remedy=f"Push a commit that has {', '.join(sorted(files))} as they were, to any branch, and fetch it.",
        ) from error
    tree = {path: TreeEntry(blob, _FILE) for path, blob in sorted(files.items())}
    return Compiler().load(tree, blobs, check=()).tenancy


async def judged(
    repository: Repository, commit: Commit, desired: DesiredState, recorded: RecordedState, compiler: CompilerClient
) -> DesiredState:
    """The revision as the Tenants that judge it let it count. desired: as its own Tenants do. Raises ReconcilerError."""
    judges = await judges_of(repository, recorded, commit.sha)
    if judges is not None and judges != desired.judges:
        desired = await load_revision(repository, commit, compiler, judges=judges)
    refuse_unknown_tenants(desired)
    return desired


def refuse_unknown_tenants(desired: DesiredState) -> None:
    """Raises TenantsUnknownError where a Tenant cannot be read: without it, its folders would be free."""
    for which, tenancy in (("this revision", desired.tenancy), ("the revision that was applied last", desired.judges)):
        if tenancy.unreadable:
            raise TenantsUnknownError(
                f"the Tenants of {which} cannot be read: {tenancy.unreadable}",
                remedy="Correct the file. Until then the last good revision stays in force.",
            )


_FILE = 0o100644
