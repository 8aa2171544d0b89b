"""What the entrance does with what no command expected."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from reconciler.cli import main, options
from tests.support.program import PROGRAM, clean_environment


def test_a_crash_is_not_taken_for_a_no(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(*arguments: object, **named: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr(main, "app", broken)
    with pytest.raises(SystemExit) as stopped:
        main.main(["validate"])
    assert stopped.value.code == 3
    assert "Traceback" in capsys.readouterr().err


def test_a_reader_that_has_stopped_is_no_failure() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ran = subprocess.run(
            [*PROGRAM, "version"], env=clean_environment(), stdout=writer, stderr=subprocess.PIPE, check=False, timeout=60
        )
    finally:
        os.close(writer)
    assert (ran.returncode, ran.stderr) == (0, b"")


def test_the_cache_is_where_caches_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert options._default_cache() == Path("/somewhere/reconciler")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/me")
    assert options._default_cache() == Path("/home/me/.cache/reconciler")


def test_a_user_without_a_home_can_still_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(options.Path, "home", homeless)
    assert options._default_cache() == Path(".reconciler-cache")
