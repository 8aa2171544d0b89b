"""The errors of a text: collected while it is read, with the lines of the file that contains it."""

from __future__ import annotations

from typing import Any

from reconciler.errors import ReconcilerError

FIX_SYNTAX = "Correct this line or the lines above it. Check quotes, brackets and indentation first."
"""The remedy for text that cannot be read."""
RENDER = "Render it and commit the result, as with `helm template`. Braces that are meant as text need quotes around them."
"""The remedy for the text of a template."""
FLATTEN = "Reduce the nesting. Objects of Kubernetes need far fewer levels."


class DocumentError(ReconcilerError):
    """A document cannot be read. The message names keys and YAML's own tags, never a value."""

    def __init__(self, message: str, *, line: int, reason: str, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.line = line
        """1-based line of the text."""
        self.reason = reason
        """Syntax, DuplicateKey, UnsupportedKey, UnsupportedValue, BadTag, BadMerge, UnknownAnchor, AliasBomb, TooDeep,
        ControlCharacter, NotUtf8, or Edit."""


class ErrorCollector:
    """The errors so far, in the order of the file."""

    __slots__ = ("errors", "first_line")

    def __init__(self, first_line: int = 1) -> None:
        self.first_line = first_line
        """1-based line of the file where the text begins."""
        self.errors: list[DocumentError] = []

    def add(self, event: Any, reason: str, message: str, remedy: str = "") -> None:
        self.errors.append(self.at(event, reason, message, remedy))

    def at(self, event: Any, reason: str, message: str, remedy: str = "") -> DocumentError:
        """An error at the position of an event of libyaml."""
        line = event.start_mark.line + self.first_line
        return DocumentError(message, line=line, reason=reason, remedy=remedy)
