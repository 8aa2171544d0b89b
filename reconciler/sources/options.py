"""How one process gets sources: folders of the command line, and limits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What a server may send, and what is kept of it. Sizes in bytes."""

    archive: int = 32 * MIB
    unpacked: int = 128 * MIB
    """All files of one source together."""
    files: int = 10_000
    index: int = 32 * MIB
    """The index of a chart repository."""
    document: int = 4 * MIB
    """A manifest, a page of tags, the answer with a token."""
    store: int = 2048 * MIB
    """All archives of the store together."""


@dataclass(frozen=True, slots=True)
class SourceOptions:
    cache: Path
    """The folder with the store, and with the mirrors of Git repositories."""
    credentials: Path | None = None
    """A folder with one folder for each host or URL (`credential_folders.py`)."""
    plain_http: frozenset[str] = frozenset()
    """Hosts, with their port if they have one, that are reached by http in place of https."""
    limits: Limits = Limits()

    @property
    def store(self) -> Path:
        return self.cache / "sources"

    @property
    def mirrors(self) -> Path:
        """Apart from the mirror of the repository itself, which this process may follow at the same URL."""
        return self.cache / "source-mirrors"
