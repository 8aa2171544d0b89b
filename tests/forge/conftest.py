"""A repository for each test at the forge that all tests share."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.forge.pushed import Pushed, pushed_to
from tests.forge.start import Forge
from tests.support.program import isolated_git


@pytest.fixture(scope="package", autouse=True)
def _isolated() -> Iterator[None]:
    with isolated_git():
        yield


@pytest.fixture
def pushed(forge: Forge, tmp_path: Path) -> Pushed:
    return pushed_to(forge, tmp_path, f"config-{secrets.token_hex(3)}")
