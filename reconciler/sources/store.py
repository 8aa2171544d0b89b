"""Archives by their digest, in a folder that several processes may share.

A file is written beside its place and moved there when it is whole, so nobody reads half of it. Whoever reads one computes its
digest: what a disk or another program changed is removed, and counts as absent. Where the folder gets too large, the archives
that were not used for the longest time go.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from reconciler.model.source_lock import DIGEST
from reconciler.sources.failures import SourceError

_UNFINISHED = ".unfinished-"
_ABANDONED = 3600.0
"""Seconds after which a file that nobody finished is removed."""


@dataclass(frozen=True, slots=True)
class Store:
    """Not async: call it in a thread."""

    folder: Path
    limit: int
    """Bytes of all archives together. The newest one stays, whatever its size."""

    def get(self, digest: str) -> bytes | None:
        """The archive; None if it is not there. Raises SourceError."""
        place = self._place(digest)
        try:
            self._prepare()
            content = place.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._error(error) from None
        if digest_of(content) != digest:
            place.unlink(missing_ok=True)
            return None
        with suppress(OSError):  # Another process may have removed it just now.
            os.utime(place)
        return content

    def put(self, content: bytes) -> str:
        """Stores an archive, and returns its digest. Raises SourceError."""
        digest = digest_of(content)
        try:
            self._prepare()
            self._write(self._place(digest), content)
            self._remove_oldest(self._place(digest))
        except OSError as error:
            raise self._error(error) from None
        return digest

    def _place(self, digest: str) -> Path:
        return self.folder / digest.removeprefix(DIGEST)

    def _prepare(self) -> None:
        """The folder, which nobody else may read: archives may be private."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = self.folder.stat()
        if state.st_uid != os.geteuid():
            raise SourceError(
                f"{self.folder}: the folder for sources belongs to another user",
                remedy="Name a folder of your own: --source-cache FOLDER.",
            )
        if state.st_mode & 0o077:
            raise SourceError(
                f"{self.folder}: others may read or write the folder for sources",
                remedy=f"Run `chmod 700 {self.folder}`, or name another folder: --source-cache FOLDER.",
            )

    def _write(self, place: Path, content: bytes) -> None:
        descriptor, name = tempfile.mkstemp(prefix=_UNFINISHED, dir=self.folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(place)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def _remove_oldest(self, newest: Path) -> None:
        now, files = time.time(), []
        for path in self.folder.iterdir():
            with suppress(FileNotFoundError):
                state = path.stat()
                if not path.name.startswith(_UNFINISHED):
                    files.append((path != newest, state.st_mtime_ns, path.name, path, state.st_size))
                elif now - state.st_mtime > _ABANDONED:
                    path.unlink()
        total = sum(size for *_, size in files)
        for is_older, _, _, path, size in sorted(files):
            if is_older and total > self.limit:
                path.unlink(missing_ok=True)
                total -= size

    def _error(self, error: OSError) -> SourceError:
        return SourceError(
            f"{error.filename or self.folder}: the folder for sources cannot be used: {error.strerror}",
            remedy="Free space there, or name another folder: --source-cache FOLDER.",
        )


def digest_of(content: bytes) -> str:
    """`sha256:` and 64 hexadecimal digits."""
    return f"{DIGEST}{hashlib.sha256(content).hexdigest()}"
