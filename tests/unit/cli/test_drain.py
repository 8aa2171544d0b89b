"""The question of `drain` on a terminal."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest

from reconciler.cli.commands.drain import _agrees
from reconciler.model.failover import FailoverMode
from reconciler.model.keys import ClusterName
from reconciler.review.timeline import Timeline

NOTHING = Timeline(timedelta(hours=1), FailoverMode.AUTO)


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("answer", "agrees"), [("y", True), ("n", False), ("", False)])
def test_only_a_yes_is_a_yes(monkeypatch: pytest.MonkeyPatch, answer: str, agrees: bool) -> None:
    screen = Terminal()
    monkeypatch.setattr("sys.stdin", Terminal(f"{answer}\n"))
    monkeypatch.setattr("sys.stdout", screen)
    assert _agrees(ClusterName("m1"), NOTHING) is agrees
    assert "Nothing leaves m1. Write the taint all the same?" in screen.getvalue()
