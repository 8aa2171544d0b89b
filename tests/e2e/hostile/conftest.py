"""A fresh fleet for every test, of one that was made and synced once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.hostile.harness import Fleet


@pytest.fixture(scope="package")
def start(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    return Fleet(tmp_path_factory.mktemp("start"))


@pytest.fixture
def fleet(start: Fleet, tmp_path: Path) -> Fleet:
    return start.copied(tmp_path / "fleet")
