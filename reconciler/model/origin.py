"""The file and line that declare a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """A place in the config repository."""

    file: str
    """Path inside the repository, with `/`."""
    line: int = 0
    """Counted from 1; 0 if only the file is known."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


NOWHERE = Origin("")
"""For values that no file states, such as defaults."""
