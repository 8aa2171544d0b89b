"""Whether a fleet stays as it is, whatever happens: `python -m benchmarks.soak --minutes 30`.

Two replicas of `reconciler run`, of which one leads, and two agents keep four real API servers at a repository that changes all
the time. At random: commits, broken commits, moves between members, edits and deletions by others on the members, one API
server killed and started again. In the first third, the leader and the agents are killed, too; the processes that are started
last are those that are measured. README.md says how to read the figures.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.soak_processes import REPLICAS, Role, Troupe
from benchmarks.soak_trends import trends
from benchmarks.soak_trouble import NAMES, PULL, PUSH, Trouble
from tests.controlplane.start import running
from tests.support.fleet import STATUS
from tests.support.servers import ServerWorld

_EVERY = 5.0
"""Seconds between samples."""
_PAUSES = (0.5, 4.0)
"""Seconds between two actions, from and to."""
_KILLING = 1 / 3
"""The share of the time in which processes are killed now and then."""
_JUDGED = 480.0
"""Seconds that a process must have lived for its growth to be judged."""
_SETTLE = 180.0
"""Seconds for the members to come to the last good commit at the end."""


def soak(minutes: float, seed: int, folder: Path) -> dict[str, Any]:
    """The figures of one soak. folder: for the repository and the logs."""
    with running(NAMES) as planes:
        world, chance = ServerWorld(folder, planes), random.Random(seed)
        troupe = _troupe(world, folder)
        trouble = Trouble(world, troupe, chance)
        trouble.begin()
        try:
            troupe.start()
            died = _run(trouble, minutes * 60)
            good, differences, settled = _end(trouble)
            codes = troupe.end()
        finally:
            troupe.abandon()
        return _figures(trouble, minutes, seed) | {
            "last good commit": good,
            "differences": differences,
            "seconds to settle": round(settled, 1),
            "ended by themselves": died,
            "exit codes": codes,
        }


def _troupe(world: ServerWorld, folder: Path) -> Troupe:
    host = str(world.planes[PUSH[0]].kubeconfig)
    where = ("--repo", f"file://{world.repo.path}")
    elect = ("--leader-elect", "lease", "--lease-name", "kube-system/soak", "--host-kubeconfig", host)
    roles = [
        Role(name, (*where, *elect, "--member-root", str(world.members), "--cache", str(folder / f"cache-{name}")), folder)
        for name in REPLICAS
    ]
    for name in PULL:
        inside = folder / f"inside-{name}"
        inside.mkdir()
        (world.members / f"{name}.kubeconfig").rename(inside / f"{name}.kubeconfig")  # The leader has no credential for it.
        roles.append(Role(name, (*where, "--member-root", str(inside), "--cache", str(folder / f"cache-{name}")), folder))
    return Troupe({role.name: role for role in roles})


def _run(trouble: Trouble, seconds: float) -> list[str]:
    """Makes trouble for so long. Returns the processes that ended by themselves."""
    begun, due = time.monotonic(), 0.0
    died: list[str] = []
    while (since := time.monotonic() - begun) < seconds and not died:
        died = trouble.troupe.died()
        if since >= due:
            due = since + _EVERY
            trouble.troupe.look()
        trouble.kill_or_start_a_server()
        if since < seconds * _KILLING:
            trouble.kill_a_process()
        trouble.troupe.bring_back()
        trouble.act()
        time.sleep(trouble.chance.uniform(*_PAUSES))
    return died


def _end(trouble: Trouble) -> tuple[str, list[str], float]:
    """The last good commit, a commit after it that is refused, and drift on all members: what differs after a while, and how
    long it took. Every kind of trouble is over then."""
    trouble.end_outage()
    trouble.troupe.bring_back(all_of_them=True)
    trouble.edit()
    good = trouble.world.repo.git("rev-parse", "HEAD").strip()
    _within(_SETTLE, lambda: not trouble.differences(good))
    trouble.refuse()
    time.sleep(10)
    trouble.drift_everywhere()
    begun = time.monotonic()
    _within(_SETTLE, lambda: not trouble.differences(good))
    settled = time.monotonic() - begun
    _within(30, lambda: good.encode() in trouble.world.status_branch().get("revision.yaml", b""))
    return good, trouble.differences(good), settled


def _within(seconds: float, condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(1)
    return True


def _figures(trouble: Trouble, minutes: float, seed: int) -> dict[str, Any]:
    troupe, world = trouble.troupe, trouble.world
    passes: Counter[str] = Counter()
    for role in troupe.roles.values():
        passes += role.passes + role.current
    return {
        "minutes": minutes,
        "seed": seed,
        "happened": dict(sorted(trouble.happened.items())),
        "commits": int(world.repo.git("rev-list", "--count", "main")),
        "status commits": int(world.repo.git("rev-list", "--count", STATUS)),
        "recorded": world.status_branch().get("revision.yaml", b"").decode(),
        "passes": dict(sorted(passes.items())),
        "processes": {role.name: _process(role) for role in troupe.roles.values()},
        "errors": troupe.errors(),
        "unexpected": troupe.unexpected()[:10],
    }


def _process(role: Role) -> dict[str, Any]:
    """Of the process that was started last: at its start (its second sample), and at the end."""
    first, last = role.samples[min(1, len(role.samples) - 1)], role.samples[-1]
    return {
        "lives": role.lives,
        "leads": role.leads,
        "seconds": round(last.seconds),
        "start": asdict(first),
        "end": asdict(last),
        "judged": last.seconds >= _JUDGED,
        "trends": [asdict(one) | {"flat": one.flat} for one in trends(role.samples)],
    }


def verdict(figures: dict[str, Any]) -> list[str]:
    """What is wrong; empty where nothing is."""
    grows = [
        f"{name}: {one['name']} grows"
        for name, process in figures["processes"].items()
        for one in process["trends"]
        if process["judged"] and not one["flat"]
    ]
    return [
        *figures["differences"][:10],
        *[f"{name} ended by itself" for name in figures["ended by themselves"]],
        *[f"{name} ended with exit code {code}" for name, code in figures["exit codes"].items() if code],
        *[f"unexpected: {json.dumps(line)[:300]}" for line in figures["unexpected"]],
        *grows,
    ]


def table(figures: dict[str, Any]) -> str:
    lines = [
        f"{'':10}{'lives':>6}{'seconds':>9}{'MiB':>16}{'2nd half':>16}{'compiler MiB':>16}{'2nd half':>16}{'descriptors':>14}"
        f"{'threads':>10}"
    ]
    for name, one in figures["processes"].items():
        role = f"{name} leads" if one["leads"] else name
        start, end = one["start"], one["end"]
        lives = [f"{start[key]:.1f} → {end[key]:.1f}" for key in ("main", "worker")]
        judged = [f"{trend['first']:.1f} → {trend['last']:.1f}" for trend in one["trends"][:2]]
        counts = [f"{start[key]} → {end[key]}" for key in ("descriptors", "threads")]
        memory = "".join(f"{pair:>16}" for both in zip(lives, judged, strict=True) for pair in both)
        lines.append(f"{role:10}{one['lives']:6}{one['seconds']:9}{memory}{counts[0]:>14}{counts[1]:>10}")
    happened = ", ".join(f"{count} {name}" for name, count in figures["happened"].items())
    passes = ", ".join(f"{count} {result}" for result, count in figures["passes"].items())
    lines += [f"{figures['minutes']:g} minutes, seed {figures['seed']}: {happened}"]
    lines += [f"{figures['commits']} commits, {figures['status commits']} status commits; passes: {passes}"]
    lines += [f"{count:6} {kind}" for kind, count in figures["errors"].items()]
    wrong = verdict(figures)
    lines += [f"WRONG: {one}" for one in wrong]
    if not figures["differences"]:
        lines.append(f"all members hold what {figures['last good commit'][:12]}, the last good commit, renders")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print the JSON document only, without the table")
    parser.add_argument("--keep", type=Path, help="an empty folder for the repository and the logs, which stay there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-") as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        figures = soak(options.minutes, options.seed, folder)
    print(json.dumps(figures, indent=2))
    if not options.json:
        print(table(figures))
    sys.exit(1 if verdict(figures) else 0)


if __name__ == "__main__":
    main()
