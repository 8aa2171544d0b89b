"""A collector of OpenTelemetry on loopback: takes what programs send by OTLP over HTTP, in a thread of its own."""

from __future__ import annotations

import asyncio
import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Received:
    """One span, with ids in hex."""

    name: str
    trace: str
    id: str
    parent: str
    begun: int
    """Nanoseconds since the epoch, as `ended`."""
    ended: int
    attributes: dict[str, Any]
    error: str | None
    """The description of its error; None where it has none."""
    resource: dict[str, Any]


@dataclass
class Collector:
    port: int = 0
    status: int = 200
    """Of the next answers."""
    spans: list[Received] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    requests: int = 0

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def named(self, name: str) -> list[Received]:
        """In the order of their begins."""
        return sorted((span for span in self.spans if span.name == name), key=lambda span: span.begun)

    async def receive(self, request: web.Request) -> web.Response:
        self.requests += 1
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        body = await request.read()
        if self.status == 200:
            self.spans += spans_of(gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body)
        return web.Response(status=self.status, headers={"Content-Type": "application/x-protobuf"})


def spans_of(body: bytes) -> Iterator[Received]:
    for of_resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        for of_scope in of_resource.scope_spans:
            for span in of_scope.spans:
                yield Received(
                    span.name,
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    span.start_time_unix_nano,
                    span.end_time_unix_nano,
                    _values(span.attributes),
                    span.status.message if span.status.code == span.status.STATUS_CODE_ERROR else None,
                    _values(of_resource.resource.attributes),
                )


def _values(attributes: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}


@contextmanager
def collecting() -> Iterator[Collector]:
    collector, loop, ready = Collector(), asyncio.new_event_loop(), threading.Event()

    async def serve() -> web.AppRunner:
        app = web.Application()
        app.router.add_post("/v1/traces", collector.receive)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        collector.port = runner.addresses[0][1]
        return runner

    def work() -> None:
        asyncio.set_event_loop(loop)
        runner = loop.run_until_complete(serve())
        ready.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=work)
    thread.start()
    ready.wait(10)
    try:
        yield collector
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
