"""What is wrong with a text: collected while it is read, with lines counted in the file that it is part of."""

from __future__ import annotations

from typing import Any

from reconciler.errors import ReconcilerError

MEND = "Mend this line or the ones above it: quotes, brackets and indentation first."
"""What to do about text that cannot be read at all."""
FLATTEN = "Write it flatter; Kubernetes' own objects stay far below."


class DocumentError(ReconcilerError):
    """A document cannot be read. The message names keys and YAML's own tags, never a value."""

    def __init__(self, message: str, *, line: int, reason: str, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.line = line
        """1-based line of the text that was read."""
        self.reason = reason
        """Syntax, DuplicateKey, UnsupportedKey, UnsupportedValue, BadTag, BadMerge, UnknownAnchor, AliasBomb, TooDeep,
        ControlCharacter, NotUtf8, or Edit."""


class Complaints:
    """The errors found so far, in the order of the file."""

    __slots__ = ("errors", "first_line")

    def __init__(self, first_line: int = 1) -> None:
        self.first_line = first_line
        """Number of the text's first line in its file."""
        self.errors: list[DocumentError] = []

    def add(self, event: Any, reason: str, message: str, remedy: str = "") -> None:
        self.errors.append(self.at(event, reason, message, remedy))

    def at(self, event: Any, reason: str, message: str, remedy: str = "") -> DocumentError:
        """An error at the place of one of libyaml's events."""
        line = event.start_mark.line + self.first_line
        return DocumentError(message, line=line, reason=reason, remedy=remedy)
