"""How long a push is on its way: `python -m benchmarks.webhook [PUSHES]`.

A real forge (Gitea), its own webhook, `reconciler run` as a process, and three kube-apiservers, all on this machine. A push
changes one ConfigMap, which all three hold. Members are asked for it every 20 milliseconds.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from tests.controlplane.start import running as running_planes
from tests.forge.following import Followed, following
from tests.forge.start import running as running_forge
from tests.support.program import isolated_git

_PATIENCE = 60.0
_LOOK = 0.02
"""Seconds between two looks at the members; half of it is in every figure."""


def main() -> None:
    pushes = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    with (
        isolated_git(),
        tempfile.TemporaryDirectory() as folder,
        running_planes(("m1", "m2", "m3")) as planes,
        running_forge() as forge,
        following(Path(folder), forge, planes) as followed,
    ):
        taken = [measure(followed, str(number)) for number in range(1, pushes + 1)]
    for title, column in zip(("forge", "ours", "together"), zip(*taken, strict=True), strict=True):
        print(f"{title}: {figures(list(column))}")


def measure(followed: Followed, value: str) -> tuple[float, float, float]:
    """Seconds from the beginning of `git push` until the webhook is received, from then until all members hold the value, and
    both together."""
    accepted, recorded = len(received(followed)), len(followed.process.said("recorded"))
    begun = time.time()
    followed.push(value)
    wait_until(lambda: followed.holds(value))
    applied = time.time()
    wait_until(lambda: len(received(followed)) > accepted)
    arrived = received(followed)[accepted]
    wait_until(lambda: len(followed.process.said("recorded")) > recorded)
    return arrived - begun, applied - arrived, applied - begun


def received(followed: Followed) -> list[float]:
    """When webhooks were received that act, in seconds since 1970."""
    lines = followed.process.said("webhook")
    return [datetime.fromisoformat(line["timestamp"]).timestamp() for line in lines if line["outcome"] == "accepted"]


def figures(seconds: list[float]) -> str:
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return f"p50 {cuts[49] * 1000:.0f} ms, p99 {cuts[98] * 1000:.0f} ms of {len(seconds)}"


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("the members do not hold what was pushed")
        time.sleep(_LOOK)


if __name__ == "__main__":
    main()
