"""Every test here runs git, in this process or in another: with none of the machine's settings."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.program import isolated_git


@pytest.fixture(scope="package", autouse=True)
def _isolated() -> Iterator[None]:
    with isolated_git():
        yield
