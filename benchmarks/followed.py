"""The loop that `latency.py` measures, in a process of its own: `python benchmarks/followed.py FOLDER`.

Prints `settled` once it has made and recorded a pass. SIGUSR1 tells it of a commit, as a webhook would; SIGTERM ends it. It
imports nothing of the benchmarks, so that it can run the program of another checkout (PYTHONPATH).
"""

from __future__ import annotations

import asyncio
import io
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from reconciler.cli.main import collect_garbage_rarely
from reconciler.cluster.access import Access
from reconciler.daemon.log import logger
from reconciler.daemon.loop import Loop
from reconciler.daemon.metrics import Metrics
from reconciler.daemon.probes import Probes
from reconciler.passes.controller import Controller
from reconciler.passes.options import Options
from reconciler.pipeline.process.process_compiler import ProcessCompiler
from reconciler.repo.client import Repository

_POLL = 3600.0
"""Seconds between looks at the repository that nobody asked for."""
_SETTLES = 3.0
"""Seconds after which the loop has read the repository for the first time."""


async def follow(config: Path) -> None:
    async with controller(config) as followed:
        await followed.reconcile()
        await followed.record()
        loop = Loop(followed, logger(as_json=True, to=io.StringIO()), Metrics(), Probes(), interval=_POLL)
        events = asyncio.get_running_loop()
        events.add_signal_handler(signal.SIGUSR1, loop.fetch_soon)
        events.add_signal_handler(signal.SIGTERM, loop.stop.set)
        running = asyncio.create_task(loop.run())
        await asyncio.sleep(_SETTLES)
        print("settled", flush=True)
        await running


@asynccontextmanager
async def controller(config: Path) -> AsyncIterator[Controller]:
    """A controller that has read the repository."""
    access = Access(config.with_name("config.members"))
    async with (
        await Repository.open(str(config)) as repository,
        ProcessCompiler() as compiler,
        Controller(repository, compiler, access, now, "HEAD", Options(wait=False), push=False) as made,
    ):
        await made.fetch()
        await made.adopt()
        yield made


def now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    collect_garbage_rarely()
    asyncio.run(follow(Path(sys.argv[1])))
