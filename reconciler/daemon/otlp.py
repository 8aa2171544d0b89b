"""Records spans with OpenTelemetry and sends them to a collector by OTLP over HTTP: the only module that imports opentelemetry.

A thread sends spans in batches, and drops them where the collector does not answer: no pass waits for it. The SDK reads its own
settings from the environment, as in every program that uses it: `OTEL_EXPORTER_OTLP_*`, `OTEL_RESOURCE_ATTRIBUTES`,
`OTEL_TRACES_SAMPLER`, `OTEL_BSP_*`. Whether to trace at all is decided in `cli/`, and nothing else imports this module: it needs
an optional extra, and a fifth of a second.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from datetime import datetime

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from reconciler import __version__
from reconciler.daemon.log import Log
from reconciler.errors import ReconcilerError
from reconciler.model.tracing import NO_ATTRIBUTES, NO_TRACER, Attributes, Span, Tracer

_END = 3.0
"""Seconds that the end of the process waits for the collector."""
_QUIET = 300.0
"""Seconds between two lines of the log about a collector that does not answer."""
_LONGEST = 500
"""Characters of a reason."""
_W3C = TraceContextTextMapPropagator()
_LIBRARY = logging.getLogger("opentelemetry")


class OtlpTracer:
    """A Tracer (`model/tracing.py`). Which span is around the caller is kept by the library, for each task of the event loop."""

    def __init__(self, provider: TracerProvider) -> None:
        self._tracer = provider.get_tracer("reconciler", __version__)

    def step(self, name: str, attributes: Attributes = NO_ATTRIBUTES) -> AbstractContextManager[Span]:
        if not trace.get_current_span().get_span_context().is_valid:
            return NO_TRACER.step(name)
        return self._step(name, attributes)

    @contextmanager
    def _step(self, name: str, attributes: Attributes) -> Iterator[Span]:
        with self._tracer.start_as_current_span(
            name, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as started:
            span = OtlpSpan(started)
            try:
                yield span
            except BaseException as error:
                span.note({"error.type": type(error).__name__})
                span.fail(error.message if isinstance(error, ReconcilerError) else type(error).__name__)
                raise

    def begin(
        self, name: str, attributes: Attributes = NO_ATTRIBUTES, *, within: Span | str = "", at: datetime | None = None
    ) -> Span:
        if isinstance(within, OtlpSpan):
            context = trace.set_span_in_context(within.span)
        else:
            header = within if isinstance(within, str) else ""
            context = _W3C.extract({"traceparent": header}, trace.set_span_in_context(trace.INVALID_SPAN))
        return OtlpSpan(self._tracer.start_span(name, context, attributes=attributes, start_time=_nanoseconds(at)))

    def header(self) -> str:
        carrier: dict[str, str] = {}
        _W3C.inject(carrier)
        return carrier.get("traceparent", "")


class OtlpSpan:
    """A Span."""

    def __init__(self, span: trace.Span) -> None:
        self.span = span
        """The library's."""

    def note(self, attributes: Attributes) -> None:
        self.span.set_attributes(attributes)

    def fail(self, reason: str) -> None:
        self.span.set_status(trace.StatusCode.ERROR, reason.partition("\n")[0][:_LONGEST])

    def end(self, at: datetime | None = None) -> None:
        if self.span.is_recording():
            self.span.end(_nanoseconds(at))

    def around(self) -> AbstractContextManager[object]:
        return trace.use_span(self.span, record_exception=False, set_status_on_exception=False)


@asynccontextmanager
async def exporting(log: Log, exporter: SpanExporter | None = None) -> AsyncIterator[Tracer]:
    """Sends what is recorded in the block. exporter: by default as the environment says. Its end waits a few seconds for spans
    that were not sent yet."""
    _LIBRARY.addHandler(handler := _Lines(log))
    propagates, _LIBRARY.propagate = _LIBRARY.propagate, False
    provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter()))
    try:
        yield OtlpTracer(provider)
    finally:
        # A thread that nothing waits for: the library may go on with a collector that does not answer.
        ending = threading.Thread(target=provider.shutdown, daemon=True)
        ending.start()
        await asyncio.to_thread(ending.join, _END)
        _LIBRARY.removeHandler(handler)
        _LIBRARY.propagate = propagates


def _resource() -> Resource:
    """What the environment says wins over our own name."""
    return Resource.create(
        {SERVICE_NAME: "reconciler", SERVICE_VERSION: __version__, **OTELResourceDetector().detect().attributes}
    )


class _Lines(logging.Handler):
    """What the library reports, as lines of our log: one in a while, for it repeats itself."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log
        self._next_line = 0.0
        """By the monotonic clock."""

    def emit(self, record: logging.LogRecord) -> None:
        if time.monotonic() >= self._next_line:
            self._next_line = time.monotonic() + _QUIET
            remedy = "Check OTEL_EXPORTER_OTLP_ENDPOINT and the collector. Passes do not wait for it."
            self._log.warning("cannot send traces", error=record.getMessage(), remedy=remedy)


def _nanoseconds(at: datetime | None) -> int | None:
    """Since the epoch, the library's unit."""
    return None if at is None else int(at.timestamp() * 1_000_000) * 1000
