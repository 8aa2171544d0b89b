"""Packed charts inside a chart (`charts/NAME-VERSION.tgz`): read in memory, nothing is unpacked to a disk."""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from dataclasses import dataclass

from reconciler.expand.source_files import MIB, leaves

UNPACKED_LIMIT = 100 * MIB
"""Bytes that an archive may unpack to: as much as helm accepts."""
_MEMBERS_LIMIT = 20_000


class ArchiveError(Exception):
    """An archive is refused; the message says why, as a clause."""


@dataclass(frozen=True, slots=True)
class Packed:
    """The files of an archive."""

    contents: dict[str, bytes]
    """Path in the archive → content."""


class _Bounded(io.RawIOBase):
    """A stream that ends with an error after so many bytes."""

    def __init__(self, stream: gzip.GzipFile) -> None:
        self._stream, self._left = stream, UNPACKED_LIMIT

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size if 0 <= size <= MIB else MIB)
        self._left -= len(data)
        if self._left < 0:
            raise ArchiveError(f"unpacks to more than {UNPACKED_LIMIT:,} bytes")
        return data


def unpack(data: bytes) -> Packed:
    """Raises ArchiveError for an archive that is damaged or too large, or that has links, or names that lead out of it."""
    contents: dict[str, bytes] = {}
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as plain, tarfile.open(fileobj=_Bounded(plain), mode="r|") as archive:
            for count, member in enumerate(archive):
                if count >= _MEMBERS_LIMIT:
                    raise ArchiveError(f"has more than {_MEMBERS_LIMIT:,} files")
                if leaves(member.name):
                    raise ArchiveError(f"has a file with the name {_shown(member.name)}, which leads out of it")
                if member.isdir():
                    continue
                if not member.isreg():
                    raise ArchiveError(f"has {_shown(member.name)}, which is a link or a device")
                content = archive.extractfile(member)
                contents[member.name] = content.read() if content else b""
    except (tarfile.TarError, EOFError, OSError, zlib.error, ValueError):
        raise ArchiveError("is damaged, or no packed chart") from None
    return Packed(contents)


def _shown(name: str) -> str:
    return "".join(one if one.isprintable() else "?" for one in name[:200])
