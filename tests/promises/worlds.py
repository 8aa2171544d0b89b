"""What a history happens to: a repository, two members that can be cut off, and what other hands do there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.controlplane.start import ControlPlane
from tests.support.relay import Relay
from tests.support.servers import INSTANCE, WRITING, ServerWorld

KINDS = {"Deployment": "deployments", "StatefulSet": "statefulsets", "ConfigMap": "configmaps", "Secret": "secrets"}
"""What templates are made of, each with its plural."""

TEMPLATES = {"web": "Deployment", "db": "StatefulSet", "settings": "ConfigMap", "token": "Secret"}
"""The templates, each with its kind."""

OVERRIDDEN = "overridden"
"""The label that override policies add."""
LEFT = "tests/left"
"""The label that only a former deployer writes."""

Place = tuple[str, str, str]
"""Control plane, kind, name: where an object is."""
Write = tuple[str, str, str, str]
"""Control plane, `apply` or `delete`, kind, name."""


class CutOffWorld(ServerWorld):
    """Members are reached through relays; Cluster files may have any names, so the control plane behind each is remembered."""

    def __init__(self, folder: Path, planes: Sequence[ControlPlane]) -> None:
        super().__init__(folder, planes)
        self.relays: dict[str, Relay] = {}
        for plane in planes:
            address = urlsplit(plane.url)
            relay = Relay(str(address.hostname), int(address.port or 0))
            self.relays[plane.name] = relay
            kubeconfig = plane.kubeconfig.read_text().replace(plane.url, f"https://127.0.0.1:{relay.port}")
            (self.members / f"{plane.name}.kubeconfig").write_text(kubeconfig)

    def everything(self) -> dict[Place, dict[str, Any]]:
        """Every object of our kinds in the world's namespace, ours or not, on every control plane."""
        return {(plane, kind, item["metadata"]["name"]): item for plane, kind, item in self._items()}

    def _items(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        for name, plane in self.planes.items():
            for kind, plural in KINDS.items():
                for item in plane.request(self.path(plural))["items"]:
                    yield name, kind, item

    def done(self, since: dict[str, int]) -> list[Write]:
        """The writes of the program since then that the servers carried out, by their audit logs."""
        written: list[Write] = []
        plurals = {plural: kind for kind, plural in KINDS.items()} | {"namespaces": "Namespace"}
        for name, plane in self.planes.items():
            for entry in plane.audited()[since[name] :]:
                reference = entry.get("objectRef", {})
                if (
                    entry.get("userAgent") == "reconciler"
                    and entry["verb"] in WRITING
                    and "dryRun" not in entry["requestURI"]
                    and entry["responseStatus"]["code"] < 300
                ):
                    kind = plurals.get(reference["resource"], reference["resource"])
                    written.append((name, "delete" if entry["verb"] == "delete" else "apply", kind, reference["name"]))
        return sorted(written)

    def clean(self) -> None:
        for relay in self.relays.values():
            relay.close()
        for plane in self.planes.values():
            for plural in KINDS.values():
                plane.request(self.path(plural), "DELETE")


def is_ours(item: dict[str, Any], world: ServerWorld) -> bool:
    return bool(item["metadata"].get("labels", {}).get(INSTANCE) == world.namespace)


def version(item: dict[str, Any]) -> tuple[str, str]:
    """Equal where nobody wrote in the meantime."""
    return item["metadata"]["uid"], item["metadata"]["resourceVersion"]


@dataclass
class Announcement:
    """What commands said that a sync would do, before it did."""

    dry_run: list[Write]
    live_diff: list[Write]
    waits: list[str]
    """The printed objects of which the dry run said that something has to happen first."""
    stays: list[tuple[str, str]]
    """The issues that say that something stays: printed object, or nothing, and the text."""


def missing(live: Any, stated: Any, path: str = "") -> list[str]:
    """The paths of what is stated and not there: mappings by key; lists of named items by name, others whole."""
    if stated in ({}, [], None):
        return [path] if live else []
    if isinstance(stated, dict):
        held = live if isinstance(live, dict) else {}
        return [one for key, value in stated.items() for one in missing(held.get(key), value, f"{path}/{key}")]
    if isinstance(stated, list) and all(isinstance(item, dict) and "name" in item for item in stated):
        by_name = {item.get("name"): item for item in live or ()}
        return [one for item in stated for one in missing(by_name.get(item["name"]), item, f"{path}/{item['name']}")]
    return [] if live == stated else [path]
