"""How long a fleet is without a leader after SIGKILL: `python -m benchmarks.takeover [RUNS]`.

Two processes with an election, with its default times, and two real API servers as members. At a random moment the leader is
killed, and a commit is pushed at once. Measured is the time from the signal until the other process leads, and until the first of
its writes is on both members. A third process then takes the place of the killed one, and so on. README.md says how to read the
figures.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from tests.controlplane.start import running
from tests.support.daemon import Daemon, daemon
from tests.support.fleet import config, policy, selector
from tests.support.servers import ServerWorld

NAMES = ("m1", "m2")
GOALS = {"lease": 15.0, "branch": 30.0}
"""Seconds until the first write of the other process."""
_LOOK = 0.02
"""Seconds between two looks at the members."""
_LONGEST = 120.0
"""Seconds after which a takeover counts as failed."""
_SETTLED = 3.0
"""Seconds within which the leader is killed, at random: a renewal by Lease happens every 2 s, one by branch every 4 s."""


def measure(kind: str, runs: int, chance: random.Random) -> dict[str, list[float]]:
    """Seconds from SIGKILL until the other process led, and until its first write was on both members; one of each for each
    run."""
    led, written = [], []
    with tempfile.TemporaryDirectory(prefix="takeover-") as base, running(NAMES) as planes, ExitStack() as stack:
        folder = Path(base)
        world = ServerWorld(folder, planes)
        world.commit({"policy.yaml": policy("configs", selector("ConfigMap", api="v1"), *NAMES)})
        _push(world, "0")
        place = {"lease": "kube-system/reconciler", "branch": "reconciler/leader"}[kind]
        options = ["--repo", f"file://{world.repo.path}", "--member-root", str(world.members)]
        options += ["--host-kubeconfig", str(planes[0].kubeconfig), "--leader-elect", kind, "--lease-name", place]

        def start(number: int) -> Daemon:
            name = f"p{number}"
            return stack.enter_context(daemon(folder, *options, "--cache", str(folder / name), name=name))

        leader = start(0)
        _await(lambda: leader.said("recorded"))
        for number in range(1, runs + 1):
            standby = start(number)
            _await(lambda one=standby: one.said("standing by"))
            time.sleep(chance.uniform(0.0, _SETTLED))
            killed, begun = time.time(), time.monotonic()
            leader.end(signal.SIGKILL)
            _push(world, str(number))
            _await(partial(_held, world, str(number)), _LOOK)
            written.append(time.monotonic() - begun)
            led.append(datetime.fromisoformat(standby.said("leading")[0]["timestamp"]).timestamp() - killed)
            _await(lambda one=standby: one.said("recorded"))
            leader = standby
    return {"led": led, "written": written}


def _push(world: ServerWorld, value: str) -> None:
    world.commit({"config.yaml": config("settings", value=value)})


def _held(world: ServerWorld, value: str) -> bool:
    return all((world.get(name, "configmaps", "settings") or {}).get("data") == {"value": value} for name in NAMES)


def _await(condition: Any, pause: float = 0.1) -> None:
    deadline = time.monotonic() + _LONGEST
    while not condition():
        assert time.monotonic() < deadline, "this takes too long"
        time.sleep(pause)


def _row(kind: str, figures: dict[str, Sequence[float]]) -> str:
    columns = [f"{min(one):9.1f}{statistics.median(one):9.1f}{max(one):9.1f}" for one in (figures["led"], figures["written"])]
    return f"{kind:8}{len(figures['led']):5}{columns[0]}{columns[1]}{GOALS[kind]:7.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.takeover", description=__doc__)
    parser.add_argument("runs", type=int, nargs="?", default=10)
    parser.add_argument("--kind", choices=sorted(GOALS), action="append", help="only this election")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    figures = {kind: measure(kind, options.runs, chance) for kind in options.kind or ("lease", "branch")}
    if options.json:
        print(json.dumps(figures, indent=2))
    else:
        print(f"{'seconds':8}{'runs':>5}{'led: min':>9}{'median':>9}{'max':>9}{'written:':>9}{'median':>9}{'max':>9}{'goal':>7}")
        print("\n".join(_row(kind, one) for kind, one in figures.items()))
    sys.exit(0 if all(max(one["written"]) <= GOALS[kind] for kind, one in figures.items()) else 1)


if __name__ == "__main__":
    main()
