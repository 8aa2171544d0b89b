"""A `sync` that dies by SIGKILL at a chosen step, in a process of its own.

A step is a request to a member, a git command, or the end. As a program this module answers orders, a JSON line each, on stdin:
it forks, so that what takes a second to import is imported once, and each child is a process that nobody else's memory helps.

    {"at": null}                           run undisturbed; answers with every step that was taken, and with how often the
                                           content of the folder had changed by then, if "look" is true
    {"at": ["GET m1 /api", 0]}             die right before the first such request
    {"at": ["PATCH m1 /apis/…", 0, true]}  die right after its answer began
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

from reconciler.cluster import kubeconfig_credentials
from reconciler.cluster.access import Access
from reconciler.cluster.api_client import Api
from reconciler.cluster.servers import Servers
from reconciler.passes.options import Options
from reconciler.passes.sync import sync as sync_fleet
from reconciler.pipeline.process.client import ThreadCompiler
from reconciler.repo.client import Repository
from reconciler.repo.command import GitCommand
from tests.support.schemas import read_schemas

END = "the end"


class Fate:
    """Counts the steps of each name, and ends the process at one."""

    def __init__(self, at: list[Any] | None, watched: Path | None = None) -> None:
        """watched: the folder whose changes are counted."""
        self.steps: list[tuple[str, int]] = []
        self._at = at
        self._seen: Counter[str] = Counter()
        self._watched = watched
        self._held: list[set[tuple[str, int]]] = []
        """What the folder held, each time that it held something else."""

    def before(self, what: str) -> int:
        """Returns which of this name it is."""
        number = self._seen[what]
        self._seen[what] += 1
        self.steps.append((what, self._changes()))
        if self._at == [what, number]:
            _die()
        return number

    def _changes(self) -> int:
        if self._watched is None:
            return 0
        held = set()
        for path in self._watched.rglob("*"):
            with suppress(FileNotFoundError):  # A lock of git that is gone by now.
                held.add((str(path), path.lstat().st_mtime_ns))
        if not self._held or held != self._held[-1]:
            self._held.append(held)
        return len(self._held)

    def after(self, what: str, number: int) -> None:
        if self._at == [what, number, True]:
            _die()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def count(fate: Fate) -> None:
    """From now on, in this process."""
    send, stream = Api._send, GitCommand.stream

    async def counted_send(api: Api, request: Any, patience: aiohttp.ClientTimeout) -> aiohttp.ClientResponse:
        what = f"{'WATCH' if 'watch' in request.query else request.method} {api.name} {request.path}"
        number = fate.before(what)
        response = await send(api, request, patience)
        fate.after(what, number)
        return response

    def counted_stream(git: GitCommand, *arguments: str, **options: Any) -> Any:
        fate.before(f"git {arguments[0]}")
        return stream(git, *arguments, **options)

    Api._send = counted_send  # type: ignore[method-assign]
    GitCommand.stream = counted_stream  # type: ignore[method-assign]


async def sync(folder: Path, revision: str) -> None:
    async with await Repository.open(str(folder / "config")) as repository:
        clock = lambda: datetime.now(UTC)  # noqa: E731 -- read where it is used
        access = Access(folder / "config.members")
        await sync_fleet(repository, ThreadCompiler(), revision, access, clock, Options(), push=False)


def main() -> None:
    folder = Path(sys.argv[1])
    read_schemas()
    assert all([Servers, kubeconfig_credentials])  # Imported where they are needed first: here, for all children.
    for line in sys.stdin:
        order = json.loads(line)
        ours, theirs = os.pipe()
        child = os.fork()
        if child == 0:
            fate = Fate(order["at"], folder if order.get("look") else None)
            count(fate)
            asyncio.run(sync(folder, order["revision"]))
            fate.before(END)
            with os.fdopen(theirs, "w") as told:
                json.dump(fate.steps, told)
            os._exit(0)
        os.close(theirs)
        with os.fdopen(ours) as told:
            steps = told.read()
        _, status = os.waitpid(child, 0)
        answer = {"killed": os.WIFSIGNALED(status), "code": status, "steps": json.loads(steps) if steps else []}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
