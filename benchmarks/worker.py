"""What a compiler in a worker process costs, and how little it delays the event loop: `python -m benchmarks.worker`.

The same edits as in `compile.py`, with a compiler in a thread, as commands use it, and with one in a worker process. Meanwhile a
task on the same event loop wants to wake up every millisecond, and its delay is measured. `--json` prints one document.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import median
from typing import Any

from benchmarks import generate
from benchmarks.clock import plain_loop
from benchmarks.measure import NOW, in_memory
from reconciler.cli.main import collect_garbage_rarely
from reconciler.model.recorded import RecordedState
from reconciler.pipeline.process.client import CompilerClient, ThreadCompiler
from reconciler.pipeline.process.process_compiler import ProcessCompiler
from reconciler.pipeline.works import WorkMaker

EDITS = 20
_BEAT = 0.001


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.worker", description=__doc__)
    parser.add_argument("templates", type=int, nargs="?", default=1000)
    parser.add_argument("clusters", type=int, nargs="?", default=100)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    collect_garbage_rarely()
    figures = asyncio.run(_measure(options.templates, options.clusters))
    print(json.dumps(figures, indent=2)) if options.json else _print(figures)


async def _measure(templates: int, clusters: int) -> dict[str, Any]:
    files = generate.repository(templates, clusters)
    loop = plain_loop()
    async with ProcessCompiler() as worker:
        await worker.missing({})  # The time to start a process is measured elsewhere: --version.
        in_worker = await _compiler(worker, files, worker)
    in_thread = await _compiler(ThreadCompiler(), files, None)
    return {"thread": in_thread, "worker": in_worker, "loop": min(loop, plain_loop())}


async def _compiler(compiler: CompilerClient, files: generate.Files, worker: ProcessCompiler | None) -> dict[str, Any]:
    maker = WorkMaker()
    tree, blobs = in_memory(files)
    cold = await _spent(compiler, maker, tree, blobs, worker)
    runs = []
    for number in range(EDITS):
        path, text = generate.edited(files, number)
        changed, changed_blobs = in_memory({path: text})
        tree = {**tree, **changed}
        runs.append(await _spent(compiler, maker, tree, changed_blobs, worker))
    return {"cold": cold, "edit": {name: median(run[name] for run in runs) for name in cold}}


async def _spent(
    compiler: CompilerClient, maker: WorkMaker, tree: Any, blobs: Any, worker: ProcessCompiler | None
) -> dict[str, float]:
    """One pass: CPU seconds of both processes, wall time, bytes, and the delays of the other task on the event loop."""
    before = _state(worker)
    async with _heartbeat() as late:
        start, cpu = time.perf_counter(), time.process_time()
        await compiler.missing(tree)
        desired = await compiler.load(tree, blobs)
        compiled = await compiler.compile(desired, RecordedState(), NOW)
        await asyncio.to_thread(maker.works, compiled)
        await compiler.next_pass()
        here, wall = time.process_time() - cpu, time.perf_counter() - start
    assert not compiled.issues
    there, sent, received = (after - earlier for after, earlier in zip(_state(worker), before, strict=True))
    delays = {"late": median(late), "latest": max(late)}
    return {"CPU here": here, "CPU there": there, "wall": wall, "sent": sent, "received": received, **delays}


def _state(worker: ProcessCompiler | None) -> tuple[float, int, int]:
    if worker is None or worker.pid is None:
        return 0.0, 0, 0
    return time.clock_gettime(~worker.pid << 3 | 2), worker.sent, worker.received  # the CPU clock of another process, on Linux


@asynccontextmanager
async def _heartbeat() -> AsyncIterator[list[float]]:
    late: list[float] = []

    async def beat() -> None:
        while True:
            due = time.perf_counter() + _BEAT
            await asyncio.sleep(_BEAT)
            late.append(time.perf_counter() - due)

    task = asyncio.create_task(beat())
    await asyncio.sleep(10 * _BEAT)
    late.clear()
    try:
        yield late
        await asyncio.sleep(3 * _BEAT)
    finally:
        task.cancel()


def _print(figures: dict[str, Any]) -> None:
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} CPUs, loops of {figures['loop']:.3f} s\n")
    names = list(figures["thread"]["cold"])
    print(f"{'ms, or KB':<16}" + "".join(f"{name:>12}" for name in names))
    for where in ("thread", "worker"):
        for what in ("cold", "edit"):
            print(f"{what + ', ' + where:<16}" + "".join(f"{figures[where][what][name] * _scale(name):>12.1f}" for name in names))


def _scale(name: str) -> float:
    return 1e-3 if name in ("sent", "received") else 1e3


if __name__ == "__main__":
    main()
