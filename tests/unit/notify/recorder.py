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
    routes: dict[str, Any] = field(default_factory=dict)
    """`METHOD /path` → the document of every answer to it, or a status; before `answers`."""
    pages: dict[str, list[Any]] = field(default_factory=dict)
    """`METHOD /path` → the documents of the next answers to it; before `routes`."""
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    """Path, headers in lower case, body."""
    calls: list[tuple[str, Any]] = field(default_factory=list)
    """`METHOD /path` without query, and the document that was sent; None: none."""

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(body) for _, _, body in self.requests]


@asynccontextmanager
async def recording() -> AsyncIterator[Recorder]:
    recorder = Recorder()

    async def answer(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = await request.read()
        recorder.requests.append((request.raw_path, headers, body))
        call = f"{request.method} {request.raw_path.partition('?')[0]}"
        recorder.calls.append((call, json.loads(body) if body else None))
        if recorder.pages.get(call):
            return web.json_response(recorder.pages[call].pop(0))
        if call in recorder.routes:
            said = recorder.routes[call]
            return web.Response(status=said) if isinstance(said, int) else web.json_response(said)
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
