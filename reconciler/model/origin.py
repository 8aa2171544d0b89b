"""Where a value came from: the file and line that said so."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """A place in the config repository."""

    file: str
    """Path inside the repository, with `/`."""
    line: int = 0
    """Counted from 1; 0 when only the file is known."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


NOWHERE = Origin("")
"""For values that no file states, such as defaults."""
