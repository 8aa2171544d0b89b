"""The commands that the demo names at its end work where they are read."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from reconciler.cli.commands.demo import Stage, next_steps, this_program


@pytest.mark.parametrize(
    ("installed", "on_path", "named"),
    [
        (True, "", "{base}/venv/reconciler"),
        (True, "venv", "reconciler"),
        (True, "other", "{base}/venv/reconciler"),
        (False, "", "{base}/venv/python -m reconciler"),
        (False, "other", "reconciler"),
    ],
)
def test_the_program_is_named_as_this_shell_finds_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, installed: bool, on_path: str, named: str
) -> None:
    for place in ("venv", "other"):
        (tmp_path / place).mkdir()
        if place == "other" or installed:
            (tmp_path / place / "reconciler").touch(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "venv" / "python"))
    monkeypatch.setenv("PATH", str(tmp_path / on_path) if on_path else "")
    assert this_program() == named.format(base=tmp_path)


@pytest.mark.parametrize(("temporary", "named"), [(False, True), (True, False)])
def test_no_command_is_named_for_clusters_that_end_with_the_demo(tmp_path: Path, temporary: bool, named: bool) -> None:
    stage = Stage(tmp_path / "kubeconfig", ("a", "b", "c"))
    lines = " ".join(map(str, next_steps(tmp_path, stage, temporary=temporary)))
    assert ("--context b get pods" in lines, "unjoin member1" in lines) == (named, named)
    assert "explain deploy/nginx" in lines
