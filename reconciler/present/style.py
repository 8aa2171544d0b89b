"""Colour, only where a person looks at it and did not ask for none (no-color.org)."""

from __future__ import annotations

import os
import sys

import typer


def styled(text: str, *, bold: bool = False, colour: str | None = None) -> str:
    if not (bold or colour) or not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return typer.style(text, bold=bold or None, fg=colour)
