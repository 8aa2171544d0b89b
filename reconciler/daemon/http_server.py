"""The HTTP server of the daemon: `/healthz`, `/readyz`, `/metrics`; of a shadow, `/shadow`, too."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from reconciler.daemon.metrics import Metrics
from reconciler.daemon.probes import BothProbes, Probes
from reconciler.daemon.shadow import Shadow
from reconciler.errors import ReconcilerError


class ListenError(ReconcilerError):
    """The server cannot listen on the address."""


_SILENT = logging.Logger("strangers", logging.CRITICAL + 1)
_LINGER = 1.0
"""Seconds for which the rest of a refused body is read, so that its sender sees the answer."""
_IDLE = 15.0
"""Seconds that a stranger's connection may be without a whole request, also before the first one."""
_CONNECTIONS = 256
"""Connections of strangers at a time."""


@asynccontextmanager
async def serving(
    address: str, probes: Probes | BothProbes, metrics: Metrics, shadow: Shadow | None = None
) -> AsyncIterator[int]:
    """Runs the server while the block runs, and yields the port. address: `host:port`; empty for no server. Raises
    ListenError."""
    if not address:
        yield 0
        return
    app = web.Application()

    async def healthz(_: web.Request) -> web.Response:
        return _probe_response(probes.alive)

    async def readyz(_: web.Request) -> web.Response:
        return _probe_response(probes.ready)

    async def metrics_text(_: web.Request) -> web.Response:
        return web.Response(body=metrics.text(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)

    async def shadow_report(_: web.Request) -> web.Response:
        return web.json_response(shadow.document() if shadow is not None else None)

    app.router.add_get("/metrics", metrics_text)
    if shadow is not None:
        app.router.add_get("/shadow", shadow_report)
    async with listening(app, address, "--listen") as port:
        yield port


@asynccontextmanager
async def listening(app: web.Application, address: str, option: str, *, strangers: bool = False) -> AsyncIterator[int]:
    """Serves an application while the block runs, and yields the port. option: which names the address. Raises ListenError.

    strangers: whether anybody may connect. What they send is then not decompressed, and what aiohttp cannot read is not logged.
    """
    quiet: dict[str, Any] = {"auto_decompress": False, "logger": _SILENT, "keepalive_timeout": _IDLE} if strangers else {}
    runner = web.AppRunner(app, access_log=None, lingering_time=_LINGER, **quiet)
    await runner.setup()
    if strangers:
        _limit_connections(runner)
    host, _, port = address.rpartition(":")
    try:
        try:
            site = web.TCPSite(runner, host.strip("[]") or None, int(port))
            await site.start()
        except (OSError, ValueError, OverflowError) as error:
            remedy = f"Use a free address with {option} HOST:PORT, or no server with {option} ''."
            raise ListenError(f"the server cannot listen on {address}: {error}", remedy=remedy) from error
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def _limit_connections(runner: web.AppRunner) -> None:
    """Closes connections beyond a number at once. Each has a file descriptor, of which git and the members need some, too."""
    server = runner.server
    assert server is not None  # noqa: S101 - it is there after setup
    opened = server.connection_made

    def connection_made(handler: Any, transport: Any) -> None:
        opened(handler, transport)
        if len(server.connections) > _CONNECTIONS:
            transport.close()

    server.connection_made = connection_made  # type: ignore[method-assign]


def _probe_response(problem: str) -> web.Response:
    return web.Response(text=f"{problem or 'ok'}\n", status=503 if problem else 200)
