"""How one process uses Git: the folders and files of its options."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True, slots=True)
class OutsideOptions:
    """How a process gets what belongs to a revision and is kept elsewhere (`sources/`)."""

    cache: Path | None = None
    """The folder for what was fetched; None: that of the mirrors."""
    credentials: Path | None = None
    """A folder with a folder of credentials for each place."""
    plain_http: frozenset[str] = frozenset()
    """Hosts that are reached by http."""


@dataclass(frozen=True, slots=True)
class GitOptions:
    """Everything is outside the repository, and read again when it changes."""

    credentials: Path | None = None
    """Folder with the credentials of the remote (`secret_folder.py`); None: those of the URL and of the machine's git."""
    trusted_keys: Path | None = None
    """Folder with the public keys that revisions must be signed with (`verification.py`); None: nothing is verified."""
    signing_key: Path | None = None
    """File with the private key that signs the commits of this process (`signing.py`); None: they are not signed."""
    blobless: bool = False
    """Whether a new mirror gets the contents of files only when they are read (`partial.py`)."""
    author: tuple[str, str] | None = None
    """Name and address in the commits of this process; None: those of the program."""
    outside: OutsideOptions | None = None
    """None: what is kept elsewhere is not there."""

    def with_cache(self, cache: Path | None) -> GitOptions:
        """The options where this is the folder of the mirrors."""
        if self.outside is None or self.outside.cache is not None:
            return self
        return replace(self, outside=None if cache is None else replace(self.outside, cache=cache))
