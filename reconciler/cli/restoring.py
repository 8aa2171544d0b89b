"""A commit that brings earlier contents of files back, for `rollback` and `rollout abort`: planned, printed, carried out."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.cli.committed_edits import carry_out_and_tell
from reconciler.edit.committed_edit import CommitOptions, committed_writes
from reconciler.edit.file_writes import WorkTreeError
from reconciler.edit.work_tree import FileEdit, WorkTree
from reconciler.repo.client import Repository


async def restore(
    repository: Repository, tree: WorkTree, blobs: Mapping[str, str | None], message: str, how: CommitOptions, *, dry_run: bool
) -> None:
    """blobs: path → Git's id of the content that comes back; None for a file that goes. Raises ReconcilerError."""
    contents = await repository.read_blobs([blob for blob in blobs.values() if blob is not None])
    edits = []
    for path, blob in blobs.items():
        content = None if blob is None else contents[blob]
        if content is not None and not isinstance(content, bytes):
            raise WorkTreeError(f"{path} is too large to be restored", remedy="Use git revert.")
        edits.append(_edit(path, content))
    planned = await tree.plan(edits)
    writes = committed_writes(planned, message, how)
    await carry_out_and_tell(repository, writes, message.partition("\n")[0], how, dry_run=dry_run)


def _edit(path: str, content: bytes | None) -> FileEdit:
    text = None if content is None else content.decode()
    return FileEdit(path, lambda _: text)
