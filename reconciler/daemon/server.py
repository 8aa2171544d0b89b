"""The HTTP server of the daemon: `/healthz`, `/readyz`, `/metrics`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from reconciler.daemon.metrics import Metrics
from reconciler.daemon.probes import Probes
from reconciler.errors import ReconcilerError


class ListenError(ReconcilerError):
    """The server cannot listen on the address."""


@asynccontextmanager
async def serving(address: str, probes: Probes, metrics: Metrics) -> AsyncIterator[int]:
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
    app.router.add_get("/metrics", metrics_text)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    host, _, port = address.rpartition(":")
    try:
        try:
            site = web.TCPSite(runner, host or None, int(port))
            await site.start()
        except (OSError, ValueError, OverflowError) as error:
            remedy = "Use a free address with --listen HOST:PORT, or no server with --listen ''."
            raise ListenError(f"the server cannot listen on {address}: {error}", remedy=remedy) from error
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def _probe_response(problem: str) -> web.Response:
    return web.Response(text=f"{problem or 'ok'}\n", status=503 if problem else 200)
