"""One forge for all tests of a process, started when the first of them asks for it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.forge.pushed import Pushed, pushed_to
from tests.forge.start import Forge, running
from tests.support.program import isolated_git


@pytest.fixture(scope="package", autouse=True)
def _isolated() -> Iterator[None]:
    with isolated_git():
        yield


@pytest.fixture(scope="session")
def forge() -> Iterator[Forge]:
    with running() as started:
        yield started


@pytest.fixture
def pushed(forge: Forge, tmp_path: Path) -> Pushed:
    return pushed_to(forge, tmp_path, f"config-{secrets.token_hex(3)}")
