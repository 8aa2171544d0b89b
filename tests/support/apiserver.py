"""A small server on loopback that answers as it is told to: for faults that a real one does not offer on demand."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class FakeServer:
    """Answers are taken in turn, by method and path; the last one stays."""

    url: str = ""
    requests: list[str] = field(default_factory=list)
    """Method and path with query, as they came."""
    tokens: list[str] = field(default_factory=list)
    """The Authorization header of each."""
    answers: dict[str, list[Handler]] = field(default_factory=lambda: defaultdict(list))

    def answer(self, what: str, *handlers: Handler) -> None:
        """what: such as `GET /api/v1/configmaps`."""
        self.answers[what] = list(handlers)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(f"{request.method} {request.path_qs}")
        self.tokens.append(request.headers.get("Authorization", ""))
        turns = self.answers.get(f"{request.method} {request.path}")
        if not turns:
            return web.json_response(status(404, "NotFound", "not found"), status=404)
        handler = turns.pop(0) if len(turns) > 1 else turns[0]
        return await handler(request)

    def count(self, what: str) -> int:
        return sum(request.partition("?")[0] == what for request in self.requests)


def status(code: int, reason: str = "", message: str = "") -> dict[str, Any]:
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": message}


def says(document: Any, code: int = 200, **headers: str) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.json_response(
            document, status=code, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    return handler


def fails(code: int, message: str = "no", **headers: str) -> Handler:
    return says(status(code, message=message), code, **headers)


async def hangs(request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(3600)
    raise AssertionError


async def breaks(request: web.Request) -> web.StreamResponse:
    """The connection ends without an answer."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def streams(*chunks: bytes, then: str = "end") -> Handler:
    """A watch: these chunks as they are. then: `end` in peace, `break` the connection, or `stay` silent."""

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_type = "application/json"
        await response.prepare(request)
        for chunk in chunks:
            await response.write(chunk)
            await asyncio.sleep(0.01)
        if then == "stay":
            await asyncio.sleep(3600)
        if then == "break":
            assert request.transport is not None
            request.transport.abort()
        return response

    return handler


async def opened(request: web.Request, *chunks: bytes) -> web.StreamResponse:
    """A watch for a handler that goes on writing."""
    response = web.StreamResponse()
    response.content_type = "application/json"
    await response.prepare(request)
    for chunk in chunks:
        await response.write(chunk)
    return response


def event(kind: str, document: Any) -> bytes:
    return json.dumps({"type": kind, "object": document}).encode() + b"\n"


@asynccontextmanager
async def serving() -> AsyncIterator[FakeServer]:
    """By plain http; what TLS adds is proved on real servers."""
    server = FakeServer()
    runner = web.ServerRunner(web.Server(server.handle), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    port = site._server.sockets[0].getsockname()[1]
    server.url = f"http://127.0.0.1:{port}"
    try:
        yield server
    finally:
        await runner.cleanup()
