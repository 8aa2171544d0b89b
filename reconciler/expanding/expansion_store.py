"""Results of helm and kustomize on a disk: a new process does not run them again for what an earlier one had.

A file has the name of the key and of the version of the program. It begins with the digest of the rest, so that a damaged file is
as good as none. Only this user can read it. Nothing that was decrypted comes here (`ExpansionRequest.private`).
"""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from pathlib import Path

from reconciler.model.expansion import ExpansionKey

LARGEST = 512 * 1024 * 1024
"""Bytes of all files together. Above it, those go first that were not used for the longest time."""
_CLEAN_EVERY = 500
"""Files that are written, until it is counted how much there is."""


class ExpansionStore:
    """Not safe for use by several threads; several processes may use one folder."""

    def __init__(self, folder: Path, largest: int = LARGEST) -> None:
        self._folder = folder
        self._largest = largest
        self._written = 0

    def read(self, key: ExpansionKey, version: str) -> str | None:
        """The output; None where there is none, or none that is whole."""
        path = self._path(key, version)
        try:
            head, _, rest = path.read_bytes().partition(b"\n")
        except OSError:
            return None
        if head.decode("ascii", "replace") != hashlib.sha256(rest).hexdigest():
            return None
        with suppress(OSError):
            os.utime(path)
        return rest.decode("utf-8", "replace")

    def write(self, key: ExpansionKey, version: str, output: str) -> None:
        """Where the disk does not take it, nothing is lost but time."""
        path, rest = self._path(key, version), output.encode()
        unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        with suppress(OSError):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(hashlib.sha256(rest).hexdigest().encode() + b"\n" + rest)
            unfinished.rename(path)
        if self._written % _CLEAN_EVERY == 0:
            self.clean()
        self._written += 1

    def clean(self) -> None:
        """Removes the oldest files above the limit, and what writers that were killed left behind."""
        files = []
        for path in self._folder.glob("*/*"):
            with suppress(OSError):
                found = path.stat()
                files.append((found.st_mtime_ns, found.st_size, path))
        kept = 0
        for _, size, path in sorted(files, reverse=True):
            kept += size
            if kept > self._largest:
                with suppress(OSError):
                    path.unlink()

    def _path(self, key: ExpansionKey, version: str) -> Path:
        name = key.removeprefix("sha256:")
        return self._folder / name[:2] / f"{name}-{hashlib.sha256(version.encode()).hexdigest()[:12]}"
