"""Real API servers beside directory members in one `World`, as those find them who only look: nothing is anybody's there."""

from __future__ import annotations

import json
from collections.abc import Iterable

from tests.controlplane.start import ControlPlane
from tests.support.fleet import World


def connect(world: World, planes: Iterable[ControlPlane]) -> World:
    """Puts the credentials where the Cluster files look for them."""
    world.members.mkdir(parents=True, exist_ok=True)
    for plane in planes:
        (world.members / f"{plane.name}.kubeconfig").write_bytes(plane.kubeconfig.read_bytes())
    return world


def create(plane: ControlPlane, path: str, text: str) -> None:
    """Somebody else's object. text: as the builders of `fleet.py` write it."""
    plane.request(path, "POST", json.loads(text))
