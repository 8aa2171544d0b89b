"""Lines of text with a role. The printer decides how a role looks: the terminal turns it into colour (`cli/terminal.py`)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Style(StrEnum):
    """The role of a line."""

    PLAIN = "plain"
    HEADING = "heading"
    ADDED = "added"
    REMOVED = "removed"
    HUNK = "hunk"
    """The position of a block of differing lines (`@@ -1 +1 @@`)."""
    GOOD = "good"
    CAUTION = "caution"
    """It may become good, or nobody knows."""
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a line in one style."""

    text: str
    style: Style = Style.PLAIN


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its line break."""

    spans: tuple[Span, ...]

    def __str__(self) -> str:
        return "".join(span.text for span in self.spans)


def styled(text: str, style: Style = Style.PLAIN) -> Line:
    """A line in one style."""
    return Line((Span(text, style),))


def labelled(label: str, style: Style, text: str) -> Line:
    """`label: text`, with the label in a style."""
    return Line((Span(f"{label}:", style), Span(f" {text}")))
