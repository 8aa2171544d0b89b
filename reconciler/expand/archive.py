"""A gzipped tar archive → its files: a source from elsewhere, or a packed chart inside a chart. Everyone who can write to a
registry or to the repository can write an archive, so nothing in it is believed.

Only files and folders are taken. A link could lead out of the archive, and a device or pipe could hold up whoever opens it; their
path says where they would be, so the message names it. Sizes are counted while the archive is decompressed, never after. Nothing
is written to a disk here.
"""

from __future__ import annotations

import gzip
import io
import re
import tarfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

_EXTENSION = 16 * 1024
"""Bytes of one header with a long path or with attributes."""
_EXTENSIONS = frozenset(
    {
        tarfile.XHDTYPE,
        tarfile.XGLTYPE,
        tarfile.SOLARIS_XHDTYPE,
        tarfile.GNUTYPE_LONGNAME,
        tarfile.GNUTYPE_LONGLINK,
    }
)
_LONGEST, _DEEPEST = 1024, 50
_DAMAGED = (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, UnicodeDecodeError, ValueError)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PACK_AGAIN = "Pack the source again without it. Nothing of the archive was kept."


class ArchiveError(Exception):
    """An archive is refused."""

    def __init__(self, clause: str, remedy: str) -> None:
        """clause: what is wrong; it begins with the archive, or with a file in it."""
        super().__init__(clause)
        self.clause, self.remedy = clause, remedy


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    unpacked: int
    """Bytes of all files together."""
    files: int


class _Counted(io.RawIOBase):
    """Decompresses, and stops at the limit."""

    def __init__(self, content: bytes, limit: int) -> None:
        self._stream = gzip.GzipFile(fileobj=io.BytesIO(content))
        self._left = limit

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(min(size, self._left + 1))
        self._left -= len(data)
        if self._left < 0:
            raise _TooMuchError
        return data


class _TooMuchError(Exception):
    """The decompressed archive is larger than the limit."""


class _Header(tarfile.TarInfo):
    """A header, checked before its data is read."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _Header:
        header = super().frombuf(buf, encoding, errors)
        if header.size < 0:
            raise ValueError("negative size")
        if header.type in _EXTENSIONS and header.size > _EXTENSION:
            raise _LongHeaderError
        return header


class _LongHeaderError(Exception):
    """A header has more attributes than any path needs."""


def unpack(content: bytes, limits: ArchiveLimits) -> dict[str, bytes]:
    """Path → content of each file, sorted. Raises ArchiveError."""
    files: dict[str, bytes] = {}
    # Headers and padding: a kibibyte and a half for each file, and a long path now and then.
    room = limits.unpacked + limits.files * (2048 + _LONGEST)
    try:
        reader = _Counted(content, room)
        with tarfile.open(fileobj=reader, mode="r|", tarinfo=_Header, encoding="utf-8", errors="surrogateescape") as archive:
            total = 0
            for number, member in enumerate(archive, 1):
                path = _checked_path(member)
                if member.size < 0:  # An attribute may state another size than the header.
                    raise EOFError
                total += member.size
                if number > 2 * limits.files or len(files) >= limits.files:
                    raise ArchiveError(f"the archive has more than {limits.files:,} files", _SPLIT)
                if total > limits.unpacked:
                    raise _TooMuchError
                if member.isdir():
                    continue
                if path in files:
                    raise ArchiveError(f"the archive has {path!r} twice", _PACK_AGAIN)
                files[path] = _read(archive, member)
    except (_TooMuchError, MemoryError):
        message = f"the archive holds more than {limits.unpacked:,} bytes of files"
        raise ArchiveError(message, _SPLIT) from None
    except _LongHeaderError:
        raise ArchiveError(f"the archive has a header of more than {_EXTENSION:,} bytes", _PACK_AGAIN) from None
    except _DAMAGED:
        raise ArchiveError("the archive is damaged, or is none", _WHOLE) from None
    if not files:
        raise ArchiveError("the archive holds no file", "Pack the source again.")
    _refuse_file_as_folder(files)
    return dict(sorted(files.items()))


def _read(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    data = file.read() if file is not None else b""
    if len(data) != member.size:
        raise EOFError
    return data


def _checked_path(member: tarfile.TarInfo) -> str:
    """The path of a file or folder. Raises ArchiveError where it is neither, or leads elsewhere."""
    name = member.name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    what = _refused_kind(member)
    if what:
        raise ArchiveError(f"{name!r} in the archive is {what}, and only files and folders are taken", _PACK_AGAIN)
    path = re.sub(r"^(?:\./)+", "", member.name)
    parts = path.split("/")
    if path in (".", "") and member.isdir():
        return ""
    if path.startswith("/") or ".." in parts or "\\" in path or re.match(r"[A-Za-z]:", path):
        raise ArchiveError(f"{name!r} in the archive leads out of its folder", _PACK_AGAIN)
    if name != member.name or _CONTROL.search(path) or not all(parts) or "." in parts:
        raise ArchiveError(f"{name!r} in the archive is no plain path", _PACK_AGAIN)
    if len(path) > _LONGEST or len(parts) > _DEEPEST:
        raise ArchiveError(f"a path in the archive is too long: {name[:80]!r} …", _PACK_AGAIN)
    return path


def _refused_kind(member: tarfile.TarInfo) -> str:
    if member.issym() or member.islnk():
        return "a link"
    if member.isdev():
        return "a device or pipe"
    if member.issparse():
        return "a file with holes"
    return "" if member.isreg() or member.isdir() else "of an unknown kind"


def _refuse_file_as_folder(files: Mapping[str, bytes]) -> None:
    for path in files:
        parts = path.split("/")
        for end in range(1, len(parts)):
            if (above := "/".join(parts[:end])) in files:
                raise ArchiveError(f"{above!r} in the archive is a file and a folder", _PACK_AGAIN)


_WHOLE = "It must be a whole gzipped tar archive, as `helm package` writes it."
_SPLIT = "Split the source, or leave out what it does not need. Nothing of the archive was kept."
