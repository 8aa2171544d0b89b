"""What the status branch costs when it is old: `python -m benchmarks.status_branch [COMMITS] [BINDINGS] [CLUSTERS]`.

A local repository whose status branch records BINDINGS objects (`generate.py`) on CLUSTERS members, and gets COMMITS commits, one
after the other, from the recorder of a process that stays (`passes/status_recorder.py`): each changes the report of one object.
Then a new process reads the branch. Disk is what the repository takes, in blocks of the file system: the largest of all moments
that were looked at, and the last.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from statistics import median, quantiles
from time import perf_counter
from typing import Any

from benchmarks import generate
from benchmarks.clock import plain_loop
from benchmarks.history import reported
from benchmarks.measure import in_memory
from reconciler.cli.main import collect_garbage_rarely
from reconciler.load.schemas.kubernetes_kinds import newest_kinds
from reconciler.model.health import CURRENT, Health, HealthStatus
from reconciler.model.recorded import ObjectReport, RecordedCluster, RecordedState
from reconciler.passes.status_recorder import StatusRecorder
from reconciler.pipeline.compiler import Compiler
from reconciler.record.status_branch import read_recorded
from reconciler.repo.client import Repository

BRANCH = "reconciler/status"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
IN_PROGRESS = Health(HealthStatus.IN_PROGRESS, "Available: 1/2", "LessAvailable")
_LOOK_EVERY = 250
"""Commits between two looks at the disk."""
_READS = 5


def main() -> None:
    if sys.argv[1:2] == ["read"]:
        print(json.dumps(asyncio.run(_read(sys.argv[2]))))
        return
    commits, bindings, clusters = (int(one) for one in [*sys.argv[1:], *["10000", "1000", "100"][len(sys.argv) - 1 :]])
    collect_garbage_rarely()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "config"
        folder.mkdir()
        figures = asyncio.run(_written(folder, commits, bindings, clusters))
        figures["read"] = _in_new_processes(folder)
    figures["loop"] = plain_loop()
    _print(figures)


async def _written(folder: Path, commits: int, bindings: int, clusters: int) -> dict[str, Any]:
    files = generate.repository(bindings, clusters)
    generate.git(folder, ["init", "--quiet", "--initial-branch=main"])
    state = _state(files)
    spent: list[tuple[float, float]] = []
    largest = 0.0
    async with await Repository.open(str(folder)) as repository:
        recorder = StatusRecorder(repository, lambda: NOW, push=False)
        await recorder.read(BRANCH)
        recorder.take(recorder.state, state, ())
        with _spent([]):
            await recorder.commit(BRANCH, state.revision)
        for number in range(commits):
            recorder.take(recorder.state, _changed(recorder.state, number), ())
            with _spent(spent):
                await recorder.commit(BRANCH, state.revision)
            if number % _LOOK_EVERY == 0:
                largest = max(largest, _disk(folder))
    return {"commit": spent, "disk": (max(largest, _disk(folder)), _disk(folder))}


def _state(files: generate.Files) -> RecordedState:
    """Everything applied and Current."""
    tree, blobs = in_memory(files)
    state = reported(Compiler(), tree, blobs)
    names = sorted({one.cluster for report in state.reports.values() for one in report.statuses})
    one = RecordedCluster(names[0], "", objects=900, applied=900, current=900, version="v1.33.1", apis=frozenset(newest_kinds()))
    members = {
        name: replace(one, name=name, file=f"clusters/{name}.yaml", digest=f"sha256:{at:064x}", id=str(uuid.UUID(int=at)))
        for at, name in enumerate(names)
    }
    return replace(state, revision="0123456789" * 4, clusters=members)


def _changed(state: RecordedState, number: int) -> RecordedState:
    """One object is in progress, or is Current again."""
    keys = list(state.reports)
    key = keys[number // 2 * 37 % len(keys)]
    health = CURRENT if number % 2 else IN_PROGRESS
    statuses = tuple(replace(one, health=health) for one in state.reports[key].statuses)
    return replace(state, reports={**state.reports, key: ObjectReport(statuses)})


def _in_new_processes(folder: Path) -> dict[str, float]:
    """Seconds of the best of some reads, each by a process of its own."""
    command = [sys.executable, "-m", "benchmarks.status_branch", "read", str(folder)]
    runs = [json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout) for _ in range(_READS)]
    return {clock: min(run[clock] for run in runs) for clock in ("wall", "cpu")} | {"MiB": runs[-1]["MiB"]}


async def _read(folder: str) -> dict[str, float]:
    """Without opening the repository, which every command does, and without imports."""
    collect_garbage_rarely()
    spent: list[tuple[float, float]] = []
    async with await Repository.open(folder) as repository:
        with _spent(spent):
            recorded = await read_recorded(repository, BRANCH)
    assert recorded.state.reports
    return {"wall": spent[0][0], "cpu": spent[0][1], "MiB": getrusage(RUSAGE_SELF).ru_maxrss / 1024}


@contextmanager
def _spent(into: list[tuple[float, float]]) -> Iterator[None]:
    """(wall, CPU with git) seconds."""
    start, cpu = perf_counter(), _cpu()
    yield
    into.append((perf_counter() - start, _cpu() - cpu))


def _cpu() -> float:
    usages = (getrusage(RUSAGE_SELF), getrusage(RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _disk(folder: Path) -> float:
    """MB (10^6 bytes) of all files, in blocks; a file may go away meanwhile."""
    done = subprocess.run(["du", "-s", "-k", str(folder / ".git")], capture_output=True, check=False, text=True)
    return int(done.stdout.split()[0]) * 1024 / 1e6


def _print(figures: dict[str, Any]) -> None:
    walls, cpus = zip(*figures["commit"], strict=True)
    print(f"commit of one change: wall p50 {median(walls) * 1e3:.1f} ms, p99 {quantiles(walls, n=100)[-1] * 1e3:.1f} ms")
    print(f"commit of one change: CPU with git p50 {median(cpus) * 1e3:.1f} ms, mean {sum(cpus) / len(cpus) * 1e3:.1f} ms")
    read = figures["read"]
    print(f"read: wall {read['wall'] * 1e3:.0f} ms, CPU with git {read['cpu'] * 1e3:.0f} ms; peak {read['MiB']:.0f} MiB")
    print(f"disk: at most {figures['disk'][0]:.0f} MB, in the end {figures['disk'][1]:.0f} MB; loop {figures['loop']:.3f} s")


if __name__ == "__main__":
    main()
