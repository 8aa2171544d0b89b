"""Results of helm and kustomize on a disk: a new process does not run them again for what an earlier one had.

A file has the name of the key and of the version of the program. It begins with the digest of the rest, so that a damaged file is
as good as none. Nothing that was decrypted comes here (`ExpansionRequest.private`).
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

from reconciler.model.expansion import ExpansionKey
from reconciler.sources.bounded_folder import BoundedFolder

LARGEST = 512 * 1024 * 1024
"""Bytes of all files together. Above it, those go first that were not used for the longest time."""
_CLEAN_EVERY = 500


class ExpansionStore:
    """Not safe for use by several threads; several processes may use one folder."""

    def __init__(self, folder: Path, largest: int = LARGEST) -> None:
        self._files = BoundedFolder(folder, largest, _CLEAN_EVERY)

    def read(self, key: ExpansionKey, version: str) -> str | None:
        """The output; None where there is none, or none that is whole."""
        content = None
        with suppress(OSError):
            content = self._files.read(_name(key, version))
        head, _, rest = (content or b"").partition(b"\n")
        if head.decode("ascii", "replace") != hashlib.sha256(rest).hexdigest():
            return None
        return rest.decode("utf-8", "replace")

    def write(self, key: ExpansionKey, version: str, output: str) -> None:
        """Where the disk does not take it, nothing is lost but time."""
        rest = output.encode()
        with suppress(OSError):
            self._files.write(_name(key, version), hashlib.sha256(rest).hexdigest().encode() + b"\n" + rest)

    def clean(self) -> None:
        """As `BoundedFolder.clean`."""
        with suppress(OSError):
            self._files.clean()


def _name(key: ExpansionKey, version: str) -> str:
    name = key.removeprefix("sha256:")
    return f"{name[:2]}/{name}-{hashlib.sha256(version.encode()).hexdigest()[:12]}"
