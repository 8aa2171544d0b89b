"""How long a change is on its way, seen from outside: from the commit, or another hand's edit, to the last of the members."""

from __future__ import annotations

import asyncio
import io
import json
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks import generate
from reconciler.daemon.log import logger
from reconciler.daemon.loop import Loop
from reconciler.daemon.metrics import Metrics
from reconciler.daemon.probes import Probes
from reconciler.passes.controller import Controller

_POLL = 3600.0
"""Seconds between looks at the repository that nobody asked for."""
_SETTLES = 3.0
"""Seconds after which the loop has read the repository for the first time."""
_PATIENCE = 30.0


async def commits(config: Path, controller: Controller, count: int) -> list[float]:
    """Seconds from each of so many commits, one template each, until the new text stands on all members. The loop is told of the
    commit as by a webhook."""
    templates = sorted(path for path in (config / "apps").rglob("*.yaml"))

    async def one(number: int, watched: _Watched, loop: Loop) -> float:
        file = templates[number * 37 % len(templates)]
        text = file.read_text().replace("\n    revision: ", f"\n    bench: edit-{number}\n    revision: ", 1)
        file.write_text(text)
        await asyncio.to_thread(generate.git, config, ["add", str(file)])
        begun = time.perf_counter()
        await asyncio.to_thread(generate.git, config, ["commit", "--quiet", "--message", "Edit"])
        loop.fetch_soon()
        await watched.until(lambda item: item["metadata"].get("annotations", {}).get("bench") == f"edit-{number}")
        return time.perf_counter() - begun

    return await _beside(config, controller, count, one)


async def drifts(config: Path, controller: Controller, count: int) -> list[float]:
    """Seconds from each of so many edits by another hand, on all members, until it is undone on all."""

    async def one(number: int, watched: _Watched, _: Loop) -> float:
        name, item = sorted(watched.newest["m1"].items())[number * 37 % len(watched.newest["m1"])]
        wanted = {member: items[name]["spec"]["replicas"] for member, items in watched.newest.items()}
        path = f"/apis/apps/v1/namespaces/{item['metadata']['namespace']}/deployments/{item['metadata']['name']}"
        begun = time.perf_counter()
        edited = await watched.edit(path, {"spec": {"replicas": max(wanted.values()) + 100}})
        await watched.until_all(
            lambda member, seen: _version(seen[name]) > edited[member] and seen[name]["spec"]["replicas"] == wanted[member]
        )
        return time.perf_counter() - begun

    return await _beside(config, controller, count, one)


async def _beside(config: Path, controller: Controller, count: int, one: Callable[..., Any]) -> list[float]:
    """Beside a running loop."""
    loop = Loop(controller, logger(as_json=True, to=io.StringIO()), Metrics(), Probes(), interval=_POLL)
    running = asyncio.create_task(loop.run())
    try:
        async with _Watched(config.with_name("config.members")) as watched:
            await asyncio.sleep(_SETTLES)
            taken = []
            for number in range(count):
                taken.append(await one(number, watched, loop))
                await asyncio.sleep(0.05)
            return taken
    finally:
        loop.stop.set()
        await running
        controller.stop.clear()


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
                item = json.loads(line)["object"]
                async with self._seen:
                    self.newest[name][_name(item)] = item
                    self._seen.notify_all()


__all__ = ["commits", "drifts"]
