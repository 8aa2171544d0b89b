"""The yardstick of `sync.py`: a loop that does the same writes and knows everything beforehand.

Bodies are serialised, nothing is compared, nothing is decided: one aiohttp session a server, so many requests at once, a watch
by label read and thrown away.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

import aiohttp


@dataclass(frozen=True, slots=True)
class Server:
    url: str
    token: str
    ca: str

    def document(self) -> dict[str, str]:
        return asdict(self)


def run_bare(servers: Sequence[Server], verb: str, bodies: Sequence[str], width: int) -> float:
    """Wall seconds. verb: `apply` or `delete`."""
    objects = [(_path(json.loads(body)), body.encode()) for body in bodies]
    return asyncio.run(_all(servers, verb, objects, width))


async def _all(servers: Sequence[Server], verb: str, objects: Sequence[tuple[str, bytes]], width: int) -> float:
    begun = time.perf_counter()
    await asyncio.gather(*[_one(server, verb, objects, width) for server in servers])
    return time.perf_counter() - begun


async def _one(server: Server, verb: str, objects: Sequence[tuple[str, bytes]], width: int) -> None:
    trust = ssl.create_default_context(cadata=server.ca)
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/apply-patch+yaml"}
    connector = aiohttp.TCPConnector(limit=width + 1, ssl=trust)
    async with aiohttp.ClientSession(server.url, connector=connector, headers=headers, trust_env=False) as session:
        watch = asyncio.create_task(_drain(session))
        waiting = iter(objects)

        async def work() -> None:
            for path, body in waiting:
                if verb == "apply":
                    request = session.patch(f"{path}?fieldManager=reconciler&force=true", data=body)
                else:
                    request = session.delete(path)
                async with request as answer:
                    await answer.read()
                    assert answer.status < 300, await answer.text()

        await asyncio.gather(*[work() for _ in range(width)])
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch


async def _drain(session: aiohttp.ClientSession) -> None:
    query = "/apis/apps/v1/deployments?watch=1&labelSelector=reconciler.dev/instance%3Dreconciler"
    async with session.get(query, timeout=aiohttp.ClientTimeout(total=None)) as answer:
        async for _ in answer.content.iter_any():
            pass


def _path(body: Any) -> str:
    metadata = body["metadata"]
    return f"/apis/apps/v1/namespaces/{metadata['namespace']}/deployments/{metadata['name']}"


if __name__ == "__main__":
    task = json.load(sys.stdin)
    taken = run_bare([Server(**one) for one in task["servers"]], task["verb"], task["bodies"], task["width"])
    print(json.dumps({"wall": taken, "cpu": time.process_time()}))
