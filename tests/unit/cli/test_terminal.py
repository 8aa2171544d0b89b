"""Streams, and colour only for a person who wants it."""

from __future__ import annotations

import sys

import pytest

from reconciler.cli.terminal import print_issues, print_lines
from reconciler.model.issues import warning
from reconciler.present.style import Line, Span, Style, styled


@pytest.mark.parametrize(
    ("terminal", "no_colour", "coloured"), [(True, None, True), (True, "", True), (True, "1", False), (False, None, False)]
)
def test_colour(monkeypatch: pytest.MonkeyPatch, terminal: bool, no_colour: str | None, coloured: bool) -> None:
    """NO_COLOR counts when it is set to anything but the empty text (no-color.org)."""
    printed: list[str] = []
    monkeypatch.setattr("typer.echo", printed.append)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_colour is not None:
        monkeypatch.setenv("NO_COLOR", no_colour)
    heading = Line((Span("skip", Style.HEADING), Span(": why")))
    print_lines([styled("-x", Style.REMOVED), styled("+y", Style.ADDED), styled("@@", Style.HUNK), heading, styled("z"), "plain"])
    if coloured:
        assert printed == [
            "\x1b[31m-x\x1b[0m", "\x1b[32m+y\x1b[0m", "\x1b[36m@@\x1b[0m", "\x1b[1mskip\x1b[0m: why", "z", "plain",
        ]  # fmt: skip
    else:
        assert printed == ["-x", "+y", "@@", "skip: why", "z", "plain"]


def test_issues_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    print_issues([warning("Odd", "it is odd")])
    assert capsys.readouterr() == ("", "warning: it is odd [Odd]\n")
