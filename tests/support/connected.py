"""Members of a `World` that are real API servers: a kubeconfig below the member root, and a Cluster file that names it."""

from __future__ import annotations

import json
from collections.abc import Iterable

from tests.controlplane.start import ControlPlane
from tests.support.fleet import World, document


def connected(name: str, kubeconfig: str = "", **labels: str) -> str:
    """kubeconfig: a file below the member root; by default the member's own."""
    annotations = {"reconciler.dev/kubeconfig": kubeconfig or f"{name}.kubeconfig"}
    spec = {"syncMode": "Push"}
    return document("Cluster", name, "", api="cluster.karmada.io/v1alpha1", labels=labels, annotations=annotations, spec=spec)


def connect(world: World, planes: Iterable[ControlPlane]) -> World:
    """Puts the credentials where the Cluster files look for them."""
    world.members.mkdir(parents=True, exist_ok=True)
    for plane in planes:
        (world.members / f"{plane.name}.kubeconfig").write_bytes(plane.kubeconfig.read_bytes())
    return world


def create(plane: ControlPlane, path: str, text: str) -> None:
    """Somebody else's object. text: as the builders of `fleet.py` write it."""
    plane.request(path, "POST", json.loads(text))
