"""Whether `run` stays as it is, however long it runs: `python -m benchmarks.soak --minutes 60`.

One `reconciler run` keeps two real API servers at a repository that changes all the time. At random: commits, broken commits,
edits and deletions by others on the members, one API server killed and started again. In the first sixth, the process itself is
killed, too; the process that is started last is the one that is measured. README.md says how to read the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import statistics
import sys
import tempfile
import time
import urllib.error
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.controlplane.start import ControlPlane, running
from tests.support.daemon import Daemon, daemon
from tests.support.fleet import document, policy, selector
from tests.support.servers import ServerWorld

NAMES = ("m1", "m2")
OBJECTS = 120
_EVERY = 5.0
"""Seconds between samples."""
_PAUSES = (0.5, 4.0)
"""Seconds between two actions, from and to."""
_OUTAGES = (240.0, 480.0)
"""Seconds between two kills of an API server, from and to."""
_AWAY = (5.0, 40.0)
"""Seconds for which an API server is away, from and to."""
_KILLING = 1 / 6
"""The share of the time in which the process itself is killed now and then."""
_WARM_UP = 1 / 4
"""The share of the measured life that is not judged: caches fill, and the allocator takes its arenas."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at the process. Memory is resident, in MiB."""

    seconds: float
    """Since the process was started."""
    main: float
    worker: float
    """Of the process that compiles."""
    descriptors: int
    """Of the main process."""
    threads: int
    """Of the main process."""


@dataclass(frozen=True, slots=True)
class Trend:
    """How one figure developed after the warm-up."""

    name: str
    first: float
    """The median of the first tenth."""
    last: float
    """The median of the last tenth."""
    per_hour: float
    """The slope of the line through all samples (Theil-Sen: the median of the slopes of pairs), per hour."""
    allowed: float
    """The largest slope that counts as flat."""

    @property
    def flat(self) -> bool:
        return self.per_hour <= self.allowed


def trends(samples: Sequence[Sample]) -> list[Trend]:
    """The trend of each figure. samples: of one process, in the order of time."""
    judged = [sample for sample in samples if sample.seconds >= samples[-1].seconds * _WARM_UP]
    return [
        _trend(judged, "memory, main (MiB)", lambda one: one.main, share=0.03),
        _trend(judged, "memory, compiler (MiB)", lambda one: one.worker, share=0.03),
        _trend(judged, "descriptors", lambda one: one.descriptors, least=1.0),
        _trend(judged, "threads", lambda one: one.threads, least=0.5),
    ]


def _trend(
    samples: Sequence[Sample], name: str, figure: Callable[[Sample], float], *, share: float = 0.0, least: float = 0.0
) -> Trend:
    """share, least: the slope that is allowed, as a share of the figure and at least."""
    values = [figure(sample) for sample in samples]
    tenth = max(1, len(values) // 10)
    step = max(1, len(samples) // 300)
    thin = samples[::step]
    apart = max(1, len(thin) // 4)  # Near neighbours say nothing about the slope.
    slopes = [
        (figure(later) - figure(earlier)) / (later.seconds - earlier.seconds)
        for index, earlier in enumerate(thin)
        for later in thin[index + apart :]
    ]
    per_hour = statistics.median(slopes) * 3600 if slopes else 0.0
    allowed = max(least, share * statistics.median(values))
    return Trend(name, statistics.median(values[:tenth]), statistics.median(values[-tenth:]), per_hour, allowed)


@dataclass
class _Trouble:
    """What happens to the repository, to the members and to the process."""

    world: ServerWorld
    chance: random.Random
    values: dict[str, str] = field(default_factory=dict)
    """Name of each ConfigMap → its value in Git."""
    happened: Counter[str] = field(default_factory=Counter)
    number: int = 0
    outage: float = 0.0
    """When the next API server is killed, or the killed one started, by the monotonic clock."""
    killed: ControlPlane | None = None

    def begin(self) -> None:
        placed = {"configs/policy.yaml": policy("configs", selector("ConfigMap")), **self._added(OBJECTS)}
        self.world.commit(placed)
        self.outage = time.monotonic() + self.chance.uniform(*_OUTAGES)

    def kill_or_start_a_server(self) -> None:
        """Where it is due. Called by the main thread only: a server dies with the thread that started it."""
        if time.monotonic() < self.outage:
            return
        if self.killed is not None:
            self.end_outage()
            return
        self.killed = self.world.planes[NAMES[-1]]
        self.killed.kill()
        self.outage = time.monotonic() + self.chance.uniform(*_AWAY)

    def end_outage(self) -> None:
        if self.killed is not None:
            self.killed.start()
            self.killed = None
            self.happened["outage"] += 1
            self.outage = time.monotonic() + self.chance.uniform(*_OUTAGES)

    def act(self) -> None:
        act = self.chance.choices([self.edit, self.add, self.remove, self.spoil, self.drift, self.delete], [8, 2, 2, 1, 12, 4])[0]
        with suppress(OSError):  # A member that is away.
            act()
            self.happened[act.__name__] += 1

    def edit(self) -> None:
        """One commit that changes a few ConfigMaps."""
        names = self.chance.sample(sorted(self.values), 3)
        self.world.commit(dict(self._file(name) for name in names))

    def add(self) -> None:
        self.world.commit(self._added(2))

    def remove(self) -> None:
        if len(self.values) > OBJECTS // 2:
            names = self.chance.sample(sorted(self.values), 2)
            self.world.commit({}, *[f"configs/{name}.yaml" for name in names])
            for name in names:
                del self.values[name]

    def spoil(self) -> None:
        """A revision with a broken file, and its correction."""
        self.world.commit({"broken.yaml": "kind: [\n"})
        time.sleep(self.chance.uniform(1, 8))
        self.world.commit({}, "broken.yaml")

    def drift(self) -> None:
        member, name = self._somewhere()
        self.world.edit(member, "configmaps", name, {"data": {"value": "theirs"}})

    def delete(self) -> None:
        member, name = self._somewhere()
        self.world.remove(member, "configmaps", name)

    def is_repaired(self) -> bool:
        """Whether both members hold what Git says, and nothing else of ours."""
        for plane in self.world.planes.values():
            try:
                items = plane.request(self.world.path("configmaps"))["items"]
            except OSError:
                return False
            held = {item["metadata"]["name"]: item["data"]["value"] for item in items if "value" in item.get("data", {})}
            if held != self.values:
                return False
        return True

    def _somewhere(self) -> tuple[str, str]:
        return self.chance.choice(NAMES), self.chance.choice(sorted(self.values))

    def _added(self, count: int) -> dict[str, str]:
        first, self.number = self.number, self.number + count
        return dict(self._file(f"c{number}") for number in range(first, self.number))

    def _file(self, name: str) -> tuple[str, str]:
        self.values[name] = str(self.chance.randrange(10**9))
        return f"configs/{name}.yaml", document("ConfigMap", name, data={"value": self.values[name], "more": "x" * 2000})


def soak(minutes: float, seed: int) -> dict[str, Any]:
    """The figures of one soak."""
    with tempfile.TemporaryDirectory(prefix="soak-") as base, running(NAMES) as planes:
        folder = Path(base)
        chance = random.Random(seed)
        trouble = _Trouble(ServerWorld(folder, planes), chance)
        trouble.begin()
        repository = ("--repo", f"file://{trouble.world.repo.path}", "--cache", str(folder / "cache"))
        arguments = (*repository, "--member-root", str(trouble.world.members))
        killing = minutes * 60 * _KILLING
        for number in range(3):
            with daemon(folder, *arguments, interval="5s", name=f"killed-{number}") as ours:
                _run(ours, trouble, killing / 3)
                ours.end(chance.choice([signal.SIGKILL, signal.SIGTERM]))
                trouble.happened["kill"] += 1
        with daemon(folder, *arguments, interval="5s") as ours:
            samples = _run(ours, trouble, minutes * 60 - killing)
            trouble.end_outage()
            repaired = _within(120, trouble.is_repaired)
            passes, corrected = _counted(ours)
            errors = [line for line in ours.log if line["level"] == "error" and line["event"] in _UNEXPECTED]
            code = ours.end()
        figures = [asdict(one) | {"flat": one.flat} for one in trends(samples)]
        return {
            "minutes": minutes,
            "samples": len(samples),
            "trends": figures,
            "flat": all(one["flat"] for one in figures),
            "repaired": repaired,
            "happened": dict(sorted(trouble.happened.items())),
            "passes": passes,
            "corrected": corrected,
            "errors": errors[:5],
            "exit code": code,
        }


def _within(seconds: float, condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True


_UNEXPECTED = ("pass failed", "the revision is left", "cannot record the status")


def _run(ours: Daemon, trouble: _Trouble, seconds: float) -> list[Sample]:
    """Makes trouble for so long, and returns the samples."""
    begun = time.monotonic()
    samples: list[Sample] = []
    due = 0.0
    while (since := time.monotonic() - begun) < seconds:
        if since >= due:
            due = since + _EVERY
            samples += _sample(ours.process.pid, since)
        trouble.kill_or_start_a_server()
        trouble.act()
        time.sleep(trouble.chance.uniform(*_PAUSES))
    return samples


def _sample(pid: int, seconds: float) -> Iterator[Sample]:
    """Nothing while the process has no compiler yet."""
    process = Path(f"/proc/{pid}")
    with suppress(OSError, StopIteration):
        worker = next(_children_of(pid))
        descriptors, threads = len(list((process / "fd").iterdir())), len(list((process / "task").iterdir()))
        yield Sample(seconds, _resident(pid), _resident(worker), descriptors, threads)


def _children_of(pid: int) -> Iterator[int]:
    """The compiler's processes: children that run Python (others run git for a moment)."""
    for folder in Path("/proc").iterdir():
        with suppress(OSError):
            if not folder.name.isdigit() or f"PPid:\t{pid}\n" not in (folder / "status").read_text():
                continue
            if b"python" in (folder / "cmdline").read_bytes().partition(b"\0")[0]:
                yield int(folder.name)


def _resident(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _counted(ours: Daemon) -> tuple[float, float]:
    """(passes, corrections) of the measured process."""
    with suppress(urllib.error.URLError):
        corrected = sum(ours.metric(f'reconciler_drift_corrected_total{{cluster="{name}"}}') for name in NAMES)
        return ours.metric('reconciler_passes_total{result="ok"}'), corrected
    return 0.0, 0.0


def _table(figures: dict[str, Any]) -> str:
    lines = [f"{'':24}{'first':>9}{'last':>9}{'per hour':>10}{'allowed':>9}"]
    for one in figures["trends"]:
        numbers = f"{one['first']:9.1f}{one['last']:9.1f}{one['per_hour']:+10.2f}{one['allowed']:9.2f}"
        lines.append(f"{one['name']:24}{numbers}  {'flat' if one['flat'] else 'GROWS'}")
    happened = ", ".join(f"{count} {name}" for name, count in figures["happened"].items())
    lines.append(f"{figures['minutes']:g} minutes, {figures['samples']} samples; {happened}")
    lines.append(f"{figures['passes']:.0f} passes, {figures['corrected']:.0f} corrections; exit code {figures['exit code']}")
    lines += [f"error: {json.dumps(one)}" for one in figures["errors"]]
    lines.append("both members hold what Git says" if figures["repaired"] else "A MEMBER DOES NOT HOLD WHAT GIT SAYS")
    lines.append("flat" if figures["flat"] else "NOT FLAT")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    figures = soak(options.minutes, options.seed)
    print(json.dumps(figures, indent=2) if options.json else _table(figures))
    sys.exit(0 if figures["flat"] and figures["repaired"] else 1)


if __name__ == "__main__":
    main()
