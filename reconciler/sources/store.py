"""Archives by their digest, in a folder that several processes may share.

Whoever reads one computes its digest: what a disk or another program changed is removed, and counts as absent.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from reconciler.model.source_lock import DIGEST
from reconciler.sources.bounded_folder import BoundedFolder
from reconciler.sources.failures import SourceError


@dataclass(frozen=True, slots=True)
class Store:
    """Not async: call it in a thread."""

    folder: Path
    limit: int
    """Bytes of all archives together. The newest one stays, whatever its size."""

    def get(self, digest: str) -> bytes | None:
        """The archive; None if it is not there. Raises SourceError."""
        name, files = digest.removeprefix(DIGEST), self._files()
        try:
            self._prepare()
            content = files.read(name)
            if content is None or digest_of(content) == digest:
                return content
            files.remove(name)
        except OSError as error:
            raise self._error(error) from None
        return None

    def put(self, content: bytes) -> str:
        """Stores an archive, and returns its digest. Raises SourceError."""
        digest = digest_of(content)
        try:
            self._prepare()
            self._files().write(digest.removeprefix(DIGEST), content)
        except OSError as error:
            raise self._error(error) from None
        return digest

    def _files(self) -> BoundedFolder:
        return BoundedFolder(self.folder, self.limit)

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

    def _error(self, error: OSError) -> SourceError:
        return SourceError(
            f"{error.filename or self.folder}: the folder for sources cannot be used: {error.strerror}",
            remedy="Free space there, or name another folder: --source-cache FOLDER.",
        )


def digest_of(content: bytes) -> str:
    """`sha256:` and 64 hexadecimal digits."""
    return f"{DIGEST}{hashlib.sha256(content).hexdigest()}"
