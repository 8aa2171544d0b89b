"""What a command prints: results to stdout, everything else to stderr, colour only for a person who wants it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Any

import typer

from reconciler.model.issues import Issue
from reconciler.present.document import Format, document_text
from reconciler.present.issues import issue_lines
from reconciler.present.style import Line, Span, Style, printable


def print_lines(lines: Iterable[Line | str]) -> None:
    """Prints results to stdout."""
    coloured = wants_colour()
    for line in lines:
        spans = (Span(line),) if isinstance(line, str) else line.spans
        typer.echo("".join(_ansi(span) if coloured else printable(span.text) for span in spans))


def print_remarks(lines: Iterable[str]) -> None:
    """Prints messages to stderr."""
    for line in lines:
        typer.echo(printable(line), err=True)


def print_document(document: Any, output: Format) -> None:
    """Prints a document of JSON values to stdout."""
    typer.echo(document_text(document, output), nl=False)


def print_issues(issues: Iterable[Issue]) -> None:
    """Prints issues and their remedies to stderr."""
    print_remarks(issue_lines(issues))


def wants_colour() -> bool:
    """Whether stdout is a terminal and NO_COLOR is not set (no-color.org: the empty string counts as not set)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


_COLOURS = {Style.ADDED: typer.colors.GREEN, Style.REMOVED: typer.colors.RED, Style.HUNK: typer.colors.CYAN}


def _ansi(span: Span) -> str:
    if span.style is Style.PLAIN:
        return printable(span.text)
    return typer.style(printable(span.text), bold=True if span.style is Style.HEADING else None, fg=_COLOURS.get(span.style))
