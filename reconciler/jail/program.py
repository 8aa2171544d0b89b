"""What is run, within which limits, and what it printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Program:
    """One run of a program. It begins in the folder with the files that it is given: arguments name them by relative paths."""

    path: Path
    """The executable, absolute. Where it is linked dynamically, the system's libraries are readable as well."""
    arguments: tuple[str, ...] = ()
    """Without the name of the program."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """All that it finds in its environment, besides HOME, which names no folder, and GOMEMLIMIT. May hold secrets."""
    reads: tuple[Path, ...] = ()
    """Files and folders of this machine that it may read as well, at their own paths."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use. Above a limit the program is ended and its output is not used."""

    seconds: float = 30
    """Of wall time, from the start to the end of the output."""
    memory: int = 1024 * MIB
    """Bytes of all its private memory."""
    output: int = 64 * MIB
    """Bytes of standard output. Of standard error, the last 64 KiB are kept."""
    input: int = 256 * MIB
    """Bytes of all files together."""
    files: int = 20_000
    """How many files there may be."""
    threads: int = 512
    """A program is one process: it never starts another one."""


@dataclass(frozen=True, slots=True)
class Output:
    """What a program printed that ended with exit code 0."""

    stdout: bytes
    stderr: str
    """Warnings of the program: cut, without control characters, without paths of this machine."""
