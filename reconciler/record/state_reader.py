"""Reads one commit of the status branch after the other: of each, the files that differ from the one before.

A commit of a large fleet changes a few files of thousands. What the others say stays as it was read; equal values are the same
objects then, so that whoever compares two states sees at once what is the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from reconciler.model.recorded import RecordedState
from reconciler.model.tree import Oversized
from reconciler.record.branch_layout import (
    LAYOUT,
    Part,
    Sharing,
    UnreadableStatusError,
    is_document,
    layout_of,
    parse_file,
    read_document,
    state_of_parts,
)
from reconciler.repo.client import Repository
from reconciler.repo.revision import Commit

_REVISION = "revision.yaml"


class StateReader:
    """Of one repository. Not safe for several tasks."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[str, tuple[Part, ...]]] = {}
        """By path: the id of its content, and what it says."""
        self._layout = LAYOUT
        self._alone = 0
        """Files that were read since all were read together. Their values share nothing with those of others, so that a fleet of
        many copies takes more memory with each."""
        self.parsed = 0
        """Files that were parsed, ever."""

    async def read(self, repository: Repository, commit: Commit) -> RecordedState:
        """Raises RepositoryError; UnreadableStatusError, after which the next call reads everything."""
        tree = await repository.read_tree(commit)
        wanted = {path: entry.blob for path, entry in tree.items() if entry.is_file and is_document(path)}
        try:
            return await self._state(repository, wanted)
        except BaseException:
            self._read = {}
            raise

    async def _state(self, repository: Repository, wanted: Mapping[str, str]) -> RecordedState:
        kept = {path: one for path, one in self._read.items() if wanted.get(path) == one[0]}
        changed = {path: blob for path, blob in wanted.items() if path not in kept}
        files = await _contents(repository, changed)
        layout = layout_of(read_document(_REVISION, files[_REVISION])) if _REVISION in files else self._layout
        if _REVISION not in wanted:
            layout = LAYOUT
        if kept and (layout != self._layout or 2 * (self._alone + len(changed)) > len(wanted)):
            self._alone, kept, changed = 0, {}, dict(wanted)
            files = await _contents(repository, changed)
        elif kept:
            self._alone += len(changed)
        parsed = await asyncio.to_thread(_parsed, files, layout)
        self.parsed += len(parsed)
        self._layout = layout
        self._read = kept | {path: (changed[path], parts) for path, parts in parsed.items()}
        return await asyncio.to_thread(state_of_parts, {path: parts for path, (_, parts) in self._read.items()})


async def _contents(repository: Repository, blobs: Mapping[str, str]) -> dict[str, bytes]:
    contents = await repository.read_blobs(set(blobs.values()))
    files: dict[str, bytes] = {}
    for path, blob in blobs.items():
        content = contents[blob]
        if isinstance(content, Oversized):
            remedy = "This program does not write such a file. Revert the commit that added it."
            raise UnreadableStatusError(f"{path} on the status branch is too large: {content.size:,} bytes", remedy=remedy)
        files[path] = content
    return files


def _parsed(files: Mapping[str, bytes], layout: int) -> dict[str, tuple[Part, ...]]:
    sharing = Sharing()
    return {path: parse_file(path, data, layout, sharing) for path, data in sorted(files.items())}
