"""How long a change is on its way, seen from outside: from the commit, or another hand's edit, to the last of the members.

The loop runs in a process of its own (`followed.py`). Whoever watches the members from inside of it would wait for the pass to
end, and the pass for him.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import ssl
import statistics
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks import generate

_FOLLOWED = Path(__file__).with_name("followed.py")
_PATIENCE = 30.0
_PAUSE = 0.4
"""Seconds before each change, in which the one before is recorded."""
_SETTLED = 5.0
"""The same where thousands of objects changed."""
_LOOK = 0.02
"""Seconds."""
_LONG_PATIENCE = 120.0


Objects = Mapping[str, dict[str, Any]]
"""Of one member, by namespace and name."""


@dataclass(frozen=True, slots=True)
class Step:
    """A commit that changes many objects."""

    commit: Callable[[], None]
    is_done: Callable[[str, Objects], bool]
    """Whether a member holds what it must hold now."""


def edits(
    config: Path, count: int, source: Path | None = None, steps: Mapping[str, Step] | None = None
) -> dict[str, dict[str, float]]:
    """`applied` and `corrected`: p50 and p99 in seconds. Each of the steps after them: `wall`, in seconds from when the loop was
    told.

    source: a checkout whose program is measured; None for this one.
    """
    return asyncio.run(_edits(config, count, source or Path(__file__).parents[1], steps or {}))


async def _edits(config: Path, count: int, source: Path, steps: Mapping[str, Step]) -> dict[str, dict[str, float]]:
    async with _following(config, source) as tell, _Watched(config.with_name("config.members")) as watched:
        applied = [await _committed(number, config, watched, tell) for number in range(count)]
        corrected = [await _drifted(number, watched) for number in range(count)]
        stepped = {name: {"wall": await _stepped(step, watched, tell)} for name, step in steps.items()}
    return {"applied": _quantiles(applied), "corrected": _quantiles(corrected), **stepped}


@asynccontextmanager
async def _following(config: Path, source: Path) -> AsyncIterator[Callable[[], None]]:
    """A settled loop. Yields what tells it of a commit."""
    environment = {**os.environ, "PYTHONPATH": str(source)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(_FOLLOWED), str(config), env=environment, cwd=source, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        assert await process.stdout.readline() == b"settled\n"
        yield lambda: process.send_signal(signal.SIGUSR1)
    finally:
        process.terminate()
        await process.wait()


async def _committed(number: int, config: Path, watched: _Watched, tell: Callable[[], None]) -> float:
    """Seconds from a commit of one template until the new text stands on all members."""
    templates = sorted(path for path in (config / "apps").rglob("*.yaml"))
    file = templates[number * 37 % len(templates)]
    file.write_text(marked(file.read_text(), f"edit-{number}"))
    await asyncio.to_thread(generate.git, config, ["add", str(file)])
    await asyncio.sleep(_PAUSE)
    begun = time.perf_counter()
    await asyncio.to_thread(generate.git, config, ["commit", "--quiet", "--message", "Edit"])
    tell()
    await watched.until(lambda item: item["metadata"].get("annotations", {}).get("bench") == f"edit-{number}")
    return time.perf_counter() - begun


async def _drifted(number: int, watched: _Watched) -> float:
    """Seconds from an edit by another hand, on all members, until it is undone on all."""
    name, item = sorted(watched.newest["m1"].items())[number * 37 % len(watched.newest["m1"])]
    wanted = {member: items[name]["spec"]["replicas"] for member, items in watched.newest.items()}
    path = f"/apis/apps/v1/namespaces/{item['metadata']['namespace']}/deployments/{item['metadata']['name']}"
    await asyncio.sleep(_PAUSE)
    begun = time.perf_counter()
    edited = await watched.edit(path, {"spec": {"replicas": max(wanted.values()) + 100}})
    await watched.until_all(
        lambda member, seen: _version(seen[name]) > edited[member] and seen[name]["spec"]["replicas"] == wanted[member]
    )
    return time.perf_counter() - begun


async def _stepped(step: Step, watched: _Watched, tell: Callable[[], None]) -> float:
    """Seconds. The end is looked for every so often, and not at each of thousands of events."""
    await asyncio.sleep(_SETTLED)
    await asyncio.to_thread(step.commit)
    begun = time.perf_counter()
    tell()
    async with asyncio.timeout(_LONG_PATIENCE):
        while not all(step.is_done(name, items) for name, items in watched.newest.items()):  # noqa: ASYNC110 - see above
            await asyncio.sleep(_LOOK)
    return time.perf_counter() - begun


def marked(text: str, mark: str) -> str:
    """A template of `generate.py` with an annotation `bench`."""
    return text.replace("\n    revision: ", f"\n    bench: {mark}\n    revision: ", 1)


def _quantiles(seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {"p50": statistics.median(ordered), "p99": ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]}


async def _edit(session: aiohttp.ClientSession, path: str, body: Any) -> int:
    headers = {"Content-Type": "application/merge-patch+json"}
    async with session.patch(f"{path}?fieldManager=another-hand", json=body, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        return _version(await answer.json())


def _version(item: Any) -> int:
    return int(item["metadata"]["resourceVersion"])


def _name(item: Any) -> str:
    return f"{item['metadata']['namespace']}/{item['metadata']['name']}"


class _Watched:
    """All members' Deployments, by watches of our own."""

    def __init__(self, root: Path) -> None:
        self._files = sorted(root.glob("*.kubeconfig"))
        self.newest: dict[str, dict[str, Any]] = {file.stem: {} for file in self._files}
        self._seen = asyncio.Condition()
        self._tasks: list[asyncio.Task[None]] = []
        self._sessions: dict[str, aiohttp.ClientSession] = {}

    async def __aenter__(self) -> _Watched:
        for file in self._files:
            document = json.loads(file.read_text())
            cluster = document["clusters"][0]["cluster"]
            trust = ssl.create_default_context(cafile=cluster["certificate-authority"])
            headers = {"Authorization": f"Bearer {document['users'][0]['user']['token']}"}
            connector = aiohttp.TCPConnector(ssl=trust)
            self._sessions[file.stem] = aiohttp.ClientSession(cluster["server"], connector=connector, headers=headers)
            ready = asyncio.Event()
            self._tasks.append(asyncio.create_task(self._follow(file.stem, ready)))
            await ready.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for session in self._sessions.values():
            await session.close()

    async def edit(self, path: str, body: Any) -> dict[str, int]:
        """On all members at once. Returns the resource version that each of them gave it."""
        versions = await asyncio.gather(*[_edit(session, path, body) for session in self._sessions.values()])
        return dict(zip(self._sessions, versions, strict=True))

    async def until(self, condition: Callable[[Any], bool]) -> None:
        """Every member has an object now of which that holds."""
        await self.until_all(lambda _, items: any(map(condition, items.values())))

    async def until_all(self, condition: Callable[[str, dict[str, Any]], bool]) -> None:
        """That holds of every member, by its name and its objects."""
        async with asyncio.timeout(_PATIENCE), self._seen:
            await self._seen.wait_for(lambda: all(condition(name, items) for name, items in self.newest.items()))

    async def _follow(self, name: str, ready: asyncio.Event) -> None:
        session = self._sessions[name]
        async with session.get("/apis/apps/v1/deployments") as answer:
            listed = await answer.json()
        for item in listed["items"]:
            self.newest[name][_name(item)] = item
        query = f"/apis/apps/v1/deployments?watch=1&resourceVersion={listed['metadata']['resourceVersion']}"
        async with session.get(query, timeout=aiohttp.ClientTimeout(total=None), read_bufsize=2**20) as answer:
            ready.set()
            async for line in answer.content:
                event = json.loads(line)
                item = event["object"]
                async with self._seen:
                    self.newest[name][_name(item)] = item
                    if event["type"] == "DELETED":
                        del self.newest[name][_name(item)]
                    self._seen.notify_all()
