"""What a command prints: results to stdout, everything else to stderr; colour and a table that fits only for a person."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from typing import Any, TextIO

import typer

from reconciler.cli.working import erase
from reconciler.model.issues import Issue, told_once
from reconciler.model.wording import printable
from reconciler.present.document import Format, document_text
from reconciler.present.issues import issue_lines
from reconciler.present.style import Line, Span, Style, labelled
from reconciler.present.table import Room


def print_lines(lines: Iterable[Line | str]) -> None:
    """Prints results to stdout."""
    _print(lines, sys.stdout)


def print_paged(lines: Iterable[Line | str], *, pager: bool) -> None:
    """Prints results to stdout: through $PAGER (or less) if they are longer than the terminal, and `pager` allows it."""
    found = list(lines)
    if not pager or not sys.stdout.isatty() or len(found) < shutil.get_terminal_size().lines:
        print_lines(found)
        return
    coloured = wants_colour(sys.stdout)
    import pydoc

    os.environ.setdefault("LESS", "FRX")  # As git sets it: colours stay, and so does the text after the pager ends.
    pydoc.pager("".join(f"{_text(line, coloured)}\n" for line in found))


def print_text(text: str) -> None:
    """Prints a result that has its own form to stdout."""
    erase()
    typer.echo(text, nl=False)


def print_harmless(text: str) -> None:
    """Prints text that a template made of what members said: as it is to a pipe or a file; to a terminal, with control characters
    escaped."""
    erase()
    sys.stdout.write(printable(text) if sys.stdout.isatty() else text)  # typer would take colours out of what goes to a pipe.


def print_remarks(lines: Iterable[Line | str]) -> None:
    """Prints messages to stderr."""
    _print(lines, sys.stderr)


def print_error(message: str) -> None:
    """Prints `Error: message` to stderr."""
    _print([labelled("Error", Style.BAD, message)], sys.stderr)


def print_document(document: Any, output: Format) -> None:
    """Prints a document of JSON values to stdout."""
    erase()
    typer.echo(document_text(document, output), nl=False)


def print_issues(issues: Iterable[Issue]) -> None:
    """Prints issues and their remedies to stderr; those with one cause once."""
    print_remarks(issue_lines(told_once(issues)))


def never_cut(never: bool = True) -> None:
    """Whether tables are printed in full from now on, however narrow the terminal is (`--no-trunc`)."""
    global _never_cut  # noqa: PLW0603 - of the whole process, as the terminal is
    _never_cut = never


_never_cut = False


def room(*, wide: bool = False) -> Room:
    """Where tables are printed: the width of the terminal, or of COLUMNS; all of the table for a pipe, for `-o wide`, and with
    `--no-trunc`."""
    if wide or _never_cut or not sys.stdout.isatty():
        return Room(wide=wide)
    return Room(shutil.get_terminal_size().columns)


def wants_colour(stream: TextIO) -> bool:
    """Whether the stream is a terminal that shows colour, and NO_COLOR is not set; or FORCE_COLOR is set, without NO_COLOR.

    no-color.org, force-color.org: an empty string counts as not set.
    """
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")


def _print(lines: Iterable[Line | str], stream: TextIO) -> None:
    coloured = wants_colour(stream)
    for line in lines:
        erase()
        typer.echo(_text(line, coloured), file=stream, color=coloured)


def _text(line: Line | str, coloured: bool) -> str:
    spans = (Span(line),) if isinstance(line, str) else line.spans
    return "".join(_ansi(span) if coloured else printable(span.text) for span in spans)


_COLOURS = {
    Style.ADDED: typer.colors.GREEN,
    Style.REMOVED: typer.colors.RED,
    Style.HUNK: typer.colors.CYAN,
    Style.GOOD: typer.colors.GREEN,
    Style.CAUTION: typer.colors.YELLOW,
    Style.BAD: typer.colors.RED,
}


def _ansi(span: Span) -> str:
    if span.style is Style.PLAIN:
        return printable(span.text)
    return typer.style(printable(span.text), bold=True if span.style is Style.HEADING else None, fg=_COLOURS.get(span.style))
