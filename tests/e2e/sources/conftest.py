"""A registry that all tests of a process share, and how sources are opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reconciler.sources.options import SourceOptions
from tests.support import ociregistry
from tests.support.helm import Helm
from tests.support.ociregistry import Registry


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """Open to everyone. Each test has repositories of its own."""
    with ociregistry.running(tmp_path_factory.mktemp("registry")) as started:
        yield started


@pytest.fixture
def packaged(tmp_path: Path, helm3: Helm) -> Callable[[str, str], Path]:
    """`packaged(name, version)`: the archive of a chart, made by Helm."""

    def package(name: str, version: str) -> Path:
        if not (tmp_path / "made" / name).exists():
            (tmp_path / "made").mkdir(exist_ok=True)
            helm3.done("create", str(tmp_path / "made" / name))
        folder = tmp_path / "packages"
        folder.mkdir(exist_ok=True)
        helm3.done("package", str(tmp_path / "made" / name), "--version", version, "--destination", str(folder))
        return folder / f"{name}-{version}.tgz"

    return package


@pytest.fixture
def options(tmp_path: Path, registry: Registry) -> SourceOptions:
    return SourceOptions(tmp_path / "cache", None, frozenset({registry.host}))
