"""Every test here runs git, in this process or in another: with none of the machine's settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.support.helm import Helm
from tests.support.program import isolated_git


@pytest.fixture(scope="package", autouse=True)
def _isolated() -> Iterator[None]:
    with isolated_git():
        yield


@pytest.fixture(scope="session")
def helm(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Helm]:
    """By version."""
    home = tmp_path_factory.mktemp("helm")
    return lambda version: Helm.of(version, home / version)


@pytest.fixture(scope="session")
def helm3(helm: Callable[[str], Helm]) -> Helm:
    return helm("helm3")
