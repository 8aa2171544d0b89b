"""Whether commits changed no more of an object than its number of replicas.

The status branch records one digest for each manifest, which differs for a scaling as for any other change. What the commits did
to the file that declares the object tells them apart.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from reconciler.documents.reader import read_stream
from reconciler.interpreter.registry import replicas_path
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import Manifest, key_of, without
from reconciler.repo.branch_log import FileChange
from reconciler.repo.client import Repository


async def scaling_edits(repository: Repository, key: ResourceKey, edits: Collection[FileChange]) -> frozenset[FileChange]:
    """Those of some changes of the file that declares an object that leave all but its number of replicas as it was.

    A content that this clone lacks leaves nothing as it was. Raises RepositoryError.
    """
    wanted = {blob for edit in edits for blob in (edit.before, edit.after) if blob is not None}
    contents = (await repository.read_contents((), wanted)).blobs if wanted else {}
    rests = {blob: _rest(data, key) for blob, data in contents.items()}
    return frozenset(edit for edit in edits if _is_scaling(edit, rests))


def _is_scaling(edit: FileChange, rests: Mapping[str, list[Manifest]]) -> bool:
    before, after = (rests.get(blob) if blob is not None else None for blob in (edit.before, edit.after))
    return bool(before) and before == after


def _rest(data: bytes, key: ResourceKey) -> list[Manifest]:
    """What the file says of the object, without its number of replicas; empty where it does not declare it."""
    documents = (document.value for document in read_stream(data)[0] if isinstance(document.value, dict))
    own = (one for one in documents if isinstance(one.get("metadata"), dict) and _is_named(one, key))
    return [without(one, replicas_path(one)) for one in own]


def _is_named(manifest: Manifest, key: ResourceKey) -> bool:
    """A file may leave out the namespace `default`."""
    stated = key_of(manifest)
    return (stated.group, stated.kind, stated.name) == (key.group, key.kind, key.name) and stated.namespace in ("", key.namespace)
