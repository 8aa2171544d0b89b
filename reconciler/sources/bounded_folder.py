"""A folder of files that can be had again: several processes may share it, only this user can read them, and it stays small.

A file is written beside its place and moved there when it is whole, so nobody reads half of it. Where the folder gets too large,
the files that were not used for the longest time go. Whether a file still is what was written is for the reader to prove: nothing
is forced to the disk.
"""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

_UNFINISHED = ".unfinished-"
_ABANDONED = 3600.0
"""Seconds after which a file that nobody finished is removed."""


@dataclass(slots=True)
class BoundedFolder:
    """Not async: call it in a thread. Every method raises OSError."""

    folder: Path
    limit: int
    """Bytes of all files together. The newest one stays, whatever its size."""
    clean_every: int = 1
    """Files that are written, until it is counted how much there is."""
    _written: int = field(default=0, init=False)

    def read(self, name: str) -> bytes | None:
        """None where there is no such file. name: with at most one folder, and unlike any unfinished one."""
        place = self.folder / name
        try:
            content = place.read_bytes()
        except FileNotFoundError:
            return None
        with suppress(OSError):  # Another process may have removed it just now.
            os.utime(place)
        return content

    def write(self, name: str, content: bytes) -> None:
        place = self.folder / name
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, unfinished = tempfile.mkstemp(prefix=_UNFINISHED, dir=place.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            Path(unfinished).replace(place)
        except BaseException:
            Path(unfinished).unlink(missing_ok=True)
            raise
        if self._written % self.clean_every == 0:
            self.clean(place)
        self._written += 1

    def remove(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)

    def clean(self, newest: Path | None = None) -> None:
        """Removes the oldest files above the limit, and what writers that were killed left behind. newest: stays."""
        now, files = time.time(), []
        for path in [*self.folder.glob("*"), *self.folder.glob("*/*")]:
            with suppress(FileNotFoundError):
                state = path.stat()
                if path.is_dir():
                    continue
                if not path.name.startswith(_UNFINISHED):
                    files.append((path != newest, state.st_mtime_ns, path.name, path, state.st_size))
                elif now - state.st_mtime > _ABANDONED:
                    path.unlink()
        total = sum(size for *_, size in files)
        for is_older, _, _, path, size in sorted(files):
            if is_older and total > self.limit:
                path.unlink(missing_ok=True)
                total -= size
