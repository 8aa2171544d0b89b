"""A member that comes and goes: how often its workload moves. `python -m benchmarks.flapping [--period 20] [--minutes 5]`.

Three real API servers with controllers, a scheduler and kwok, a process of `run` with the default thresholds of failover (30 s to
fail, 30 s to recover), `mode: auto`, and a workload on one of two members. The API server of that member is killed and started
again in turns, each after `--period` seconds. Once a second the record is read: where the workload is to be, and its evictions.
After that, the member stays for two minutes. README.md says how to read the figures.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.controlplane.start import ControlPlane, running
from tests.support.daemon import Daemon, daemon
from tests.support.fleet import DEPLOYMENT, POLICY, document, selector, workload
from tests.support.servers import ServerWorld, configuration, eventually

_NAMES = ("m1", "m2", "m3")
_QUIET = 120.0
"""Seconds in which the member stays at the end: longer than a threshold and a move."""
_NOT_READY = {"conditionType": "Ready", "operator": "NotIn", "statusValues": ["True"]}
_READY = {"conditionType": "Ready", "operator": "In", "statusValues": ["True"]}


@dataclass
class Seen:
    """What was recorded, as it changed."""

    places: list[tuple[str, ...]] = field(default_factory=list)
    """Where the workload was to be."""
    evictions: set[tuple[str, str]] = field(default_factory=set)
    """Member, and since when."""
    readiness: list[str] = field(default_factory=list)
    """Of the member that comes and goes."""
    outages: int = 0

    def note(self, world: ServerWorld) -> None:
        rows: list[dict[str, Any]] = json.loads(world.run("status", "-o", "json").out)["objects"]
        row = next(one for one in rows if one["name"] == "web")
        _append(self.places, tuple(one["name"] for one in row["clusters"]))
        self.evictions |= {(one["cluster"], one["since"]) for one in row["evictions"]}
        clusters: list[dict[str, Any]] = world.run("clusters", "-o", "json").json
        (ready,) = (one for one in clusters[0]["conditions"] if one["type"] == "Ready")
        _append(self.readiness, f"{ready['status']} {ready['reason']}")


def files(world: ServerWorld) -> dict[str, str]:
    taints = {"addOnConditions": [_NOT_READY], "removeOnConditions": [_READY], "taints": [{"key": "lost", "effect": "NoExecute"}]}
    one = [{"spreadByField": "cluster", "minGroups": 1, "maxGroups": 1}]
    placement = {"clusterAffinity": {"clusterNames": ["m1", "m2"]}, "spreadConstraints": one}
    spec = {"resourceSelectors": [selector("Deployment", "web", DEPLOYMENT)], "placement": placement}
    return {
        "reconciler.yaml": configuration(world.namespace, failover={"mode": "auto"}),
        "lost.yaml": document("ClusterTaintPolicy", "lost", "", api=POLICY, spec=taints),
        "web.yaml": workload("web"),
        "web-policy.yaml": document("PropagationPolicy", "web", api=POLICY, spec=spec),
    }


def measure(period: float, minutes: float) -> Seen:
    with tempfile.TemporaryDirectory(prefix="flapping-") as base, running(_NAMES, controllers=True) as planes:
        world, seen = ServerWorld(Path(base), planes), Seen()
        world.commit(files(world))
        with daemon(Path(base), "--repo", str(world.repo.path)) as process:
            eventually(lambda: _is_current(process, planes[0], world), seconds=180)
            _flap(planes[0], period, time.monotonic() + minutes * 60, world, seen)
            end = time.monotonic() + _QUIET
            while time.monotonic() < end:
                _note_within(end, world, seen)
    return seen


def _is_current(process: Daemon, plane: ControlPlane, world: ServerWorld) -> bool:
    live = world.get(plane.name, "deployments", "web") if process.said("recorded") else None
    return live is not None and live["status"].get("readyReplicas") == live["spec"]["replicas"]


def _flap(plane: ControlPlane, period: float, end: float, world: ServerWorld, seen: Seen) -> None:
    is_there = True
    while time.monotonic() < end or not is_there:
        turn = time.monotonic() + period
        if is_there:
            plane.kill()
            seen.outages += 1
        else:
            plane.start()
        is_there = not is_there
        while time.monotonic() < turn:
            _note_within(turn, world, seen)


def _note_within(end: float, world: ServerWorld, seen: Seen) -> None:
    seen.note(world)
    time.sleep(max(0.0, min(1.0, end - time.monotonic())))


def _append(known: list[Any], new: Any) -> None:
    if known[-1:] != [new]:
        known.append(new)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.flapping")
    parser.add_argument("--period", type=float, default=20.0, help="seconds")
    parser.add_argument("--minutes", type=float, default=5.0)
    given = parser.parse_args()
    seen = measure(given.period, given.minutes)
    places = [" ".join(one) for one in seen.places]
    print(f"{seen.outages} outages; readiness of m1: {', then '.join(seen.readiness)}")
    print(f"placed on: {', then '.join(places)}; {len(seen.evictions)} evictions (at most one is right)")
    return 0 if len(seen.evictions) <= 1 else 1


if __name__ == "__main__":
    sys.exit(main())
