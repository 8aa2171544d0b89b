from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.jail import folder
from tests.e2e.jail.harness import Canaries, canaries
from tests.parts.debian import bubblewrap


@pytest.fixture(scope="session", autouse=True)
def _bubblewrap() -> None:
    """One of the means, and the first one that is tried."""
    bubblewrap()


@pytest.fixture(autouse=True)
def _own_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other runs of tests on this machine have other ones."""
    monkeypatch.setattr(folder, "_PREFIX", f"reconciler-jail-{os.getpid()}-")


@pytest.fixture
def around(tmp_path: Path) -> Iterator[Canaries]:
    with canaries(tmp_path) as made:
        yield made
        assert made.nobody_came()
