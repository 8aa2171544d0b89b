"""One small HTTP server for everything that is asked of the daemon: `/healthz`, `/readyz`, `/metrics`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from reconciler.daemon.metrics import Metrics
from reconciler.daemon.probes import Probes
from reconciler.errors import ReconcilerError


class ListenError(ReconcilerError):
    """The address cannot be listened on."""


@asynccontextmanager
async def serving(address: str, probes: Probes, metrics: Metrics) -> AsyncIterator[int]:
    """Serves while the block lasts; yields the port. address: `host:port`, empty for no server. Raises ListenError."""
    if not address:
        yield 0
        return
    app = web.Application()

    async def healthz(_: web.Request) -> web.Response:
        return _answer(probes.alive)

    async def readyz(_: web.Request) -> web.Response:
        return _answer(probes.ready)

    async def figures(_: web.Request) -> web.Response:
        return web.Response(body=metrics.text(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", figures)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    host, _, port = address.rpartition(":")
    try:
        try:
            site = web.TCPSite(runner, host or None, int(port))
            await site.start()
        except (OSError, ValueError, OverflowError) as error:
            remedy = "Name a free one with --listen HOST:PORT, or none with --listen ''."
            raise ListenError(f"{address} cannot be listened on: {error}", remedy=remedy) from error
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def _answer(wrong: str) -> web.Response:
    return web.Response(text=f"{wrong or 'ok'}\n", status=503 if wrong else 200)
