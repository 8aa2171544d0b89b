"""Control planes for all tests here: three with controllers, so that Pods become Ready, and three without; with audit logs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.controlplane.start import ControlPlane, running
from tests.support.servers import ServerWorld

MEMBERS = ("m1", "m2", "m3")


@pytest.fixture(scope="session")
def planes() -> Iterator[list[ControlPlane]]:
    with running(MEMBERS, controllers=True, audit=True) as started:
        yield started


@pytest.fixture(scope="session")
def bare_planes() -> Iterator[list[ControlPlane]]:
    """Three without controllers, for tests that kill something: what they hold changes by nobody else's hand."""
    with running(MEMBERS, audit=True) as started:
        yield started


@pytest.fixture
def world(tmp_path: Path, planes: list[ControlPlane]) -> ServerWorld:
    """A repository that declares the three members and a namespace; nothing is synced yet."""
    return ServerWorld(tmp_path, planes)
