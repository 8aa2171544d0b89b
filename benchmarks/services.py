"""What services over clusters cost: `python -m benchmarks.services`.

- *latency*: two real API servers with their controllers. A Pod of the provider is deleted, fifty times; measured until the slice
  of the consumer lacks it, and how much of that was after the slice of the provider lacked it.
- *scale*: 1,000 MultiClusterServices over ten simulated members (`fake_servers.py`), ten endpoints of each on each: the memory of
  `run`, and its CPU for one change, which nine members have to get.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import threading
import time
from collections.abc import Callable
from http.client import HTTPSConnection
from pathlib import Path
from statistics import quantiles
from typing import Any
from urllib.parse import urlsplit

from benchmarks.members import _measured, _memory, _until, simulated
from reconciler.endpoints.copies import INSTANCE
from tests.controlplane.start import ControlPlane, running
from tests.support.daemon import daemon
from tests.support.fleet import document, policy, selector, workload
from tests.support.servers import ServerWorld, member

CHANGES = 50
SERVICES, MEMBERS, ENDPOINTS = 1000, 10, 10
NETWORKING = "networking.karmada.io/v1alpha1"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.services", description=__doc__)
    parser.add_argument("--changes", type=int, default=CHANGES)
    parser.add_argument("--services", type=int, default=SERVICES)
    parser.add_argument("--only", choices=["latency", "scale"])
    options = parser.parse_args()
    figures = {}
    if options.only != "scale":
        figures["latency"] = latency(options.changes)
    if options.only != "latency":
        figures["scale"] = scale(options.services)
    print(json.dumps(figures, indent=2))


def connected(name: str, providers: list[str], consumers: list[str], namespace: str = "shop") -> str:
    clusters = {"providerClusters": providers, "consumerClusters": consumers}
    spec = {"types": ["CrossCluster"], **{field: [{"name": one} for one in names] for field, names in clusters.items()}}
    return document("MultiClusterService", name, namespace, api=NETWORKING, spec=spec)


def latency(changes: int) -> dict[str, Any]:
    """In seconds."""
    service = document("Service", "web", spec={"selector": {"app": "web"}, "ports": [{"port": 80}]})
    placed = policy("web", selector("Deployment", api="apps/v1"), "m1")
    files = {
        "web.yaml": workload("web", 12),
        "policy.yaml": placed,
        "service.yaml": service,
        "mcs.yaml": connected("web", ["m1"], ["m2"]),
    }
    with tempfile.TemporaryDirectory() as folder, running(("m1", "m2"), controllers=True) as planes:
        world = ServerWorld(Path(folder), planes, files)
        with (
            daemon(Path(folder), "--repo", str(world.repo.path)),
            _Seen(world, "m1", "") as own,
            _Seen(world, "m2", INSTANCE) as copies,
        ):
            _until(lambda: len(copies.pods) == 12, 180)
            taken = [_deleted(world, own, copies) for _ in range(changes)]
    whole, ours = zip(*taken, strict=True)
    return {"from the Pod": _percentiles(whole), "from the provider's slice": _percentiles(ours), "changes": changes}


def _deleted(world: ServerWorld, own: _Seen, copies: _Seen) -> tuple[float, float]:
    """Seconds until the consumer knows, since the Pod was deleted, and since the provider's slice said so."""
    _until(lambda: len(own.pods) > 3 and copies.pods == own.pods, 60)
    name, begun = min(own.pods), time.perf_counter()
    world.planes["m1"].request(f"{world.path('pods', name)}?gracePeriodSeconds=0", "DELETE")
    known, arrived = own.without(name), copies.without(name)
    return arrived - begun, arrived - known


def _percentiles(seconds: tuple[float, ...]) -> dict[str, float]:
    hundredths = quantiles(seconds, n=100, method="inclusive")
    return {"p50": round(hundredths[49], 3), "p99": round(hundredths[98], 3), "most": round(max(seconds), 3)}


class _Seen:
    """The Pods behind a Service on a member, by the endpoints that a watch of its own tells. selector: of the slices."""

    def __init__(self, world: ServerWorld, name: str, selector: str) -> None:
        self.pods: frozenset[str] = frozenset()
        self._gone: dict[str, float] = {}
        self._plane: ControlPlane = world.planes[name]
        self._path = f"{world.path('endpointslices')}?labelSelector={selector or '!' + INSTANCE}&watch=1"
        self._slices: dict[str, frozenset[str]] = {}
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> _Seen:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """The watch ends with its server, and its thread with it."""

    def without(self, name: str) -> float:
        """When it was gone, by the clock of performance."""
        _at_once(lambda: name in self._gone)
        return self._gone[name]

    def _follow(self) -> None:
        place = urlsplit(self._plane.url)
        connection = HTTPSConnection(str(place.hostname), place.port, context=self._plane.tls())
        connection.request("GET", place.path + self._path, headers={"Authorization": f"Bearer {self._plane.token}"})
        for line in connection.getresponse():
            event, seen = json.loads(line), time.perf_counter()
            item = event["object"]
            ready = {one["targetRef"]["name"] for one in item["endpoints"] or () if one["conditions"]["ready"]}
            self._slices[item["metadata"]["name"]] = frozenset() if event["type"] == "DELETED" else frozenset(ready)
            now = frozenset().union(*self._slices.values())
            self._gone |= dict.fromkeys(self.pods - now, seen)
            self.pods = now


def _at_once(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.001)


def scale(services: int) -> dict[str, Any]:
    names = [f"m{number}" for number in range(MEMBERS)]
    files = {f"clusters/{name}.yaml": member(name) for name in names}
    files["namespace.yaml"] = document("Namespace", "team-0", "")
    for number in range(services):
        name = f"svc-{number:04d}"
        spec = {"selector": {"app": name}, "ports": [{"port": 80}]}
        files[f"services/{name}.yaml"] = (
            document("Service", name, "team-0", spec=spec) + "---\n" + connected(name, [], [], "team-0")
        )
    with (
        tempfile.TemporaryDirectory() as folder,
        simulated(Path(folder), names, files, tls=True, services=(services, ENDPOINTS)) as fleet,
    ):
        figures: dict[str, Any] = {}
        with fleet.started() as process:
            figures["start"] = _measured(fleet, process, lambda: _until(lambda: bool(process.said("recorded")), 300))
            _quiet(fleet)
            figures["memory"] = _memory(process)
            figures["idle"] = _measured(fleet, process, lambda: time.sleep(15))
            figures["changes"] = _measured(fleet, process, lambda: _changes(fleet, CHANGES))
            figures["memory after"] = _memory(process)
        spent = figures["changes"]["cpu"] - figures["idle"]["cpu"] * figures["changes"]["wall"] / figures["idle"]["wall"]
        figures["CPU milliseconds for one change"] = round(spent / CHANGES * 1000, 1)
        return figures


def _quiet(fleet: Any) -> None:
    """Waits until nothing was asked for a while: all members are watched."""
    last, since = fleet.requests(), time.monotonic()
    while time.monotonic() - since < 10:
        time.sleep(1)
        if (now := fleet.requests()) != last:
            last, since = now, time.monotonic()


def _changes(fleet: Any, count: int) -> None:
    before = fleet.requests()["apply"]
    for change in range(count):
        fleet.ask(f"change/{change}")
    _until(lambda: fleet.requests()["apply"] >= before + count * (MEMBERS - 1), 300)


if __name__ == "__main__":
    main()
