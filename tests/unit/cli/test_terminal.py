"""Streams, and colour only for a person who wants it."""

from __future__ import annotations

import sys

import pytest

from reconciler.cli.terminal import never_cut, print_harmless, print_issues, print_lines, print_remarks, room
from reconciler.model.issues import warning
from reconciler.model.origin import Origin
from reconciler.present.style import Line, Span, Style, styled
from reconciler.present.table import Room


@pytest.mark.parametrize(
    ("terminal", "environment", "coloured"),
    [
        (True, {}, True), (True, {"NO_COLOR": ""}, True), (True, {"NO_COLOR": "1"}, False), (True, {"TERM": "dumb"}, False),
        (False, {}, False), (False, {"FORCE_COLOR": ""}, False), (False, {"FORCE_COLOR": "1"}, True),
        (True, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)  # fmt: skip
def test_colour(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    terminal: bool,
    environment: dict[str, str],
    coloured: bool,
) -> None:
    """NO_COLOR counts when it is set to anything but the empty text (no-color.org), and wins over FORCE_COLOR."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal, raising=False)
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    heading = Line((Span("skip", Style.HEADING), Span(": why")))
    print_lines([styled("-x", Style.REMOVED), styled("+y", Style.ADDED), styled("@@", Style.HUNK), heading, styled("z"), "plain"])
    printed = capsys.readouterr().out.splitlines()
    if coloured:
        assert printed == [
            "\x1b[31m-x\x1b[0m", "\x1b[32m+y\x1b[0m", "\x1b[36m@@\x1b[0m", "\x1b[1mskip\x1b[0m: why", "z", "plain",
        ]  # fmt: skip
    else:
        assert printed == ["-x", "+y", "@@", "skip: why", "z", "plain"]


@pytest.mark.parametrize(
    ("terminal", "wide", "expected"), [(True, False, Room(57)), (True, True, Room(wide=True)), (False, False, Room())]
)
def test_tables_fit_a_terminal_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, wide: bool, expected: Room
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal, raising=False)
    monkeypatch.setenv("COLUMNS", "57")
    assert room(wide=wide) == expected


def test_a_person_may_want_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "57")
    never_cut()
    try:
        assert room() == Room()
    finally:
        never_cut(False)
    assert room() == Room(57)


@pytest.mark.parametrize(("terminal", "printed"), [(True, "a\\x1b[31mb\n\tc"), (False, "a\x1b[31mb\n\tc")])
def test_what_a_template_made_is_harmless_for_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], terminal: bool, printed: str
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal, raising=False)
    print_harmless("a\x1b[31mb\n\tc")
    assert capsys.readouterr().out == printed


def test_issues_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    print_issues([warning("Odd", "it is odd")])
    assert capsys.readouterr() == ("", "warning: it is odd [Odd]\n")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("a\x1b]0;title\x07", "a\\x1b]0;title\\x07"),
        ("a\rb\x9bc\x7f", "a\\rb\\x9bc\\x7f"),
        ("a\u202eb\u2028c", "a\\u202eb\\u2028c"),
        ("Käse\u00a0\u3000 日本\n\tb", "Käse\u00a0\u3000 日本\n\tb"),
    ],
)
def test_control_characters_are_shown_escaped(text: str, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_lines([text, styled(text, Style.ADDED)])
    print_remarks([text])
    print_issues([warning(text, text, text, origin=Origin(text, 1))])
    assert capsys.readouterr() == (
        f"{shown}\n{shown}\n",
        f"{shown}\n{shown}:1: warning: {shown} [{shown}]\n    {shown}\n",
    )
