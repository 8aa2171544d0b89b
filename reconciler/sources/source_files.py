"""The files that a lock file adds to a revision: read once in the life of a process."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.errors import ReconcilerError
from reconciler.model.source_lock import LockedSource, SourceLock
from reconciler.sources.client import Sources
from reconciler.sources.failures import SourceError
from reconciler.sources.options import SourceOptions

_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class OutsideFile:
    blob: str
    """A digest of the content, in place of Git's id."""
    content: bytes


@dataclass(frozen=True, slots=True)
class OutsideFiles:
    """What a lock adds to a revision."""

    files: Mapping[str, OutsideFile] = field(default_factory=dict)
    """By path in the revision, sorted."""
    failures: Mapping[str, ReconcilerError] = field(default_factory=dict)
    """By folder in the revision: why a source is not there."""


class SourceFiles:
    """For one repository. It remembers what it unpacked, up to the limit of a source's files."""

    def __init__(self, options: SourceOptions) -> None:
        self._options = options
        self._known: OrderedDict[tuple[str, str, str], Mapping[str, OutsideFile]] = OrderedDict()
        self._reading = asyncio.Lock()

    async def read(self, lock: SourceLock) -> OutsideFiles:
        """The files of all its sources. A source that cannot be had is among the failures."""
        if not lock.sources:
            return OutsideFiles()
        slots, failures = asyncio.Semaphore(_AT_ONCE), dict[str, ReconcilerError]()
        async with self._reading, Sources(self._options) as sources:

            async def files(one: LockedSource) -> Mapping[str, OutsideFile]:
                async with slots:
                    try:
                        return await self._files(sources, one)
                    except ReconcilerError as error:
                        failures[one.folder] = error
                        return {}

            found = await asyncio.gather(*map(files, lock.sources))
        self._forget()
        below = {f"{one.folder}/{path}": file for one, own in zip(lock.sources, found, strict=True) for path, file in own.items()}
        return OutsideFiles(dict(sorted(below.items())), dict(sorted(failures.items())))

    async def _files(self, sources: Sources, one: LockedSource) -> Mapping[str, OutsideFile]:
        key = (one.url if one.into else "", one.digest, one.path)
        if key not in self._known:
            contents = await sources.files(one)
            start = f"{one.path}/" if one.path else ""
            wanted = {path.removeprefix(start): content for path, content in contents.items() if path.startswith(start)}
            if not wanted:
                raise SourceError(f"{one}: there is no folder {one.path}", remedy="Correct spec.path of the Source.")
            self._known[key] = await asyncio.to_thread(_hashed, wanted)
        self._known.move_to_end(key)
        return self._known[key]

    def _forget(self) -> None:
        """What was not used for the longest time goes first."""
        sizes = {key: sum(len(file.content) for file in files.values()) for key, files in self._known.items()}
        total = sum(sizes.values())
        for key, size in list(sizes.items())[:-1]:
            if total > self._options.limits.unpacked:
                del self._known[key]
                total -= size


def _hashed(contents: Mapping[str, bytes]) -> Mapping[str, OutsideFile]:
    return {path: OutsideFile(hashlib.sha256(content).hexdigest(), content) for path, content in contents.items()}
