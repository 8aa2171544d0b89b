"""A server on loopback that records requests, and answers as it is told."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass
class Recorder:
    url: str = ""
    answers: list[tuple[int, str]] = field(default_factory=list)
    """Status and text of the next answers; 201 where there are none."""
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    """Path, headers in lower case, body."""

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(body) for _, _, body in self.requests]


@asynccontextmanager
async def recording() -> AsyncIterator[Recorder]:
    recorder = Recorder()

    async def answer(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        recorder.requests.append((request.raw_path, headers, await request.read()))
        status, text = recorder.answers.pop(0) if recorder.answers else (201, "{}")
        location = {"Location": f"{recorder.url}/elsewhere"} if 300 <= status < 400 else {}
        return web.Response(status=status, text=text, headers=location)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        recorder.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield recorder
    finally:
        await runner.cleanup()
