"""The line that says what a command does: only for a person, only when it takes long, and gone before anything is printed."""

from __future__ import annotations

import sys
import time

import pytest

from reconciler.cli.terminal import print_remarks
from reconciler.cli.working import counted, say, working


def until_drawn(capsys: pytest.CaptureFixture[str], words: str) -> str:
    """What was written when the words appear."""
    written = ""
    for _ in range(500):
        written += capsys.readouterr().err
        if words in written:
            return written
        time.sleep(0.01)
    raise AssertionError(written)


def test_a_line_comes_changes_and_goes(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "40")
    with working("reading \x1b[31mred", after=0.01):
        assert "\r⠙ reading \\x1b[31mred …\x1b[K" in until_drawn(capsys, "red")
        with counted("asking the members", 3) as one:
            one()
            until_drawn(capsys, "asking the members: 1 of 3 …")
        print_remarks(["a remark"])
        assert "\r\x1b[Ka remark\n" in until_drawn(capsys, "a remark")
        say("x" * 100)
        drawn = until_drawn(capsys, "xxx").rpartition("\r")[2]
        assert len(drawn.removesuffix("\x1b[K")) == 39
    assert capsys.readouterr().err.endswith("\r\x1b[K")


def test_a_pipe_gets_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
    with working("reading", after=0), counted("asking", 1) as one:
        one()
        time.sleep(0.05)
    assert capsys.readouterr() == ("", "")


def test_short_work_is_not_told_of(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with working("reading", after=60):
        pass
    assert capsys.readouterr().err == ""
