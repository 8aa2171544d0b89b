"""A world for each test, on the control planes that all tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.controlplane.start import ControlPlane
from tests.support.servers import ServerWorld


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path, planes: list[ControlPlane]) -> ServerWorld:
    """A repository that declares a namespace and the three members, or those of the mark `members`; nothing is synced yet.

    Every sync asks every member for every kind, so a member that a test does not need is most of what the test costs.
    """
    return ServerWorld(tmp_path, _needed(request, planes))


@pytest.fixture
def bare_world(request: pytest.FixtureRequest, tmp_path: Path, bare_planes: list[ControlPlane]) -> ServerWorld:
    """As `world`, on members without controllers."""
    return ServerWorld(tmp_path, _needed(request, bare_planes))


def _needed(request: pytest.FixtureRequest, planes: list[ControlPlane]) -> list[ControlPlane]:
    mark = request.node.get_closest_marker("members")
    return [plane for plane in planes if mark is None or plane.name in mark.args]
