"""Spans recorded by OpenTelemetry: the trace of a real loop on directory members, and what a collector receives."""

from __future__ import annotations

import asyncio
import io
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from reconciler.cluster.access import Access
from reconciler.daemon import otlp
from reconciler.daemon.log import Log, logger
from reconciler.daemon.loop import Loop
from reconciler.daemon.metrics import Metrics
from reconciler.daemon.otlp import exporting
from reconciler.daemon.probes import Probes
from reconciler.daemon.revision_trace import RevisionTraces
from reconciler.errors import TemporaryError
from reconciler.model.tracing import Tracer
from reconciler.passes.controller import Controller
from reconciler.passes.options import Options
from reconciler.pipeline.process.client import ThreadCompiler
from reconciler.repo.client import Repository
from tests.support.fleet import STATUS, World
from tests.support.otlpreceiver import collecting
from tests.support.shop import SHOP

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def log(to: io.StringIO | None = None) -> Log:
    return logger(as_json=True, to=to or io.StringIO())


@dataclass
class Running:
    loop: Loop
    text: io.StringIO

    async def recorded(self, times: int) -> None:
        """Until it committed to the status branch so many times."""
        async with asyncio.timeout(30):
            while self.text.getvalue().count('"event": "recorded"') < times:  # noqa: ASYNC110 -- what is waited for is no event
                await asyncio.sleep(0.02)


@asynccontextmanager
async def running(world: World, tracer: Tracer) -> AsyncIterator[Running]:
    """A real loop; its end is that of the process."""
    options, text = Options(wait=False, tracer=tracer), io.StringIO()
    async with (
        await Repository.open(str(world.repo.path)) as repository,
        Controller(
            repository, ThreadCompiler(), Access(world.members), lambda: datetime.now(UTC), "main", options, push=False
        ) as controller,
    ):
        traces = RevisionTraces(tracer, {"vcs.repository.url.full": "https://git.example.com/config.git"})
        loop = Loop(controller, log(text), Metrics(), Probes(), interval=600, traces=traces)
        task = asyncio.create_task(loop.run())
        try:
            yield Running(loop, text)
        finally:
            loop.stop.set()
            await task


def named(spans: list[ReadableSpan], name: str) -> list[ReadableSpan]:
    return [span for span in spans if span.name == name]


def tree(spans: list[ReadableSpan]) -> dict[str, set[str]]:
    """Name of a span → names of its parts."""
    names = {span.context.span_id: span.name for span in spans if span.context}
    parts: dict[str, set[str]] = {}
    for span in spans:
        if span.parent is not None:
            parts.setdefault(names[span.parent.span_id], set()).add(span.name)
    return parts


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, SHOP)


async def test_one_trace_goes_from_the_push_to_current(world: World) -> None:
    memory = InMemorySpanExporter()
    async with exporting(log(), memory) as tracer, running(world, tracer) as daemon:
        await daemon.recorded(1)
        commit = world.commit({"readme.md": "Nothing for a member.\n"})
        daemon.loop.fetch_soon()
        await daemon.recorded(2)
    first, second = [
        [one for one in memory.get_finished_spans() if one.context and one.context.trace_id == trace] for trace in traces(memory)
    ]
    assert tree(first) == {
        "revision": {"fetch", "load", "rollout", "record"},
        "rollout": {"pass"},
        "pass": {"discover", "compile", "survey", "plan", "apply", "observe"},
    }
    members = {"m1", "m2", "m3"}
    for name in ("survey", "plan", "apply", "observe"):
        assert {(span.attributes or {})["k8s.cluster.name"] for span in named(first, name)} == members, name
    (root,) = named(first, "revision")
    assert root.attributes is not None
    assert root.attributes["reconciler.trigger"] == "poll"
    assert root.attributes["reconciler.outcome"] == "current"
    assert root.attributes["vcs.ref.head.name"] == "main"
    assert root.attributes["vcs.repository.url.full"] == "https://git.example.com/config.git"
    written = sum(int((span.attributes or {})["reconciler.created"]) for span in named(first, "apply"))  # type: ignore[arg-type]
    assert written == sum(int((span.attributes or {})["reconciler.changes"]) for span in named(first, "plan"))  # type: ignore[arg-type]
    assert written > 3
    assert all(span.status.status_code is not StatusCode.ERROR for span in (*first, *second))
    (root,) = named(second, "revision")
    assert root.attributes is not None
    assert (root.attributes["reconciler.trigger"], root.attributes["vcs.ref.head.revision"]) == ("webhook", commit)
    assert named(second, "apply") == [], "nothing was written"


def traces(memory: InMemorySpanExporter) -> list[int]:
    """In the order of their roots."""
    roots = [span for span in memory.get_finished_spans() if span.name == "revision"]
    return [span.context.trace_id for span in sorted(roots, key=lambda span: span.start_time or 0) if span.context]


async def test_steps_are_in_order_and_inside_the_span_that_they_are_part_of(world: World) -> None:
    memory = InMemorySpanExporter()
    async with exporting(log(), memory) as tracer, running(world, tracer) as daemon:
        await daemon.recorded(1)
    spans = list(memory.get_finished_spans())
    by_id = {span.context.span_id: span for span in spans if span.context}
    for span in spans:
        if span.parent is not None:
            around = by_id[span.parent.span_id]
            assert around.start_time <= span.start_time <= span.end_time <= around.end_time, (span.name, around.name)  # type: ignore[operator]
    order = ["fetch", "load", "discover", "compile", "survey", "plan", "apply", "observe", "record"]
    starts = [min(span.start_time or 0 for span in named(spans, name)) for name in order]
    assert starts == sorted(starts)


async def test_the_decision_carries_the_trace_on(world: World) -> None:
    memory = InMemorySpanExporter()
    async with exporting(log(), memory) as tracer, running(world, tracer) as daemon:
        await daemon.recorded(1)
    trailer = world.repo.git("log", "-1", "--format=%(trailers:key=Traceparent,valueonly)", STATUS).strip()
    (record,) = named(list(memory.get_finished_spans()), "record")
    assert record.context is not None
    assert trailer.startswith(f"00-{record.context.trace_id:032x}-{record.context.span_id:016x}-")


async def test_no_value_of_a_secret_is_in_a_span(world: World) -> None:
    memory = InMemorySpanExporter()
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "key", "namespace": "shop"},
        "stringData": {"k": "hunter2"},
    }
    world.commit({"secret.yaml": json.dumps(secret)})
    async with exporting(log(), memory) as tracer, running(world, tracer) as daemon:
        await daemon.recorded(1)
    told = [f"{dict(span.attributes or {})} {span.status.description}" for span in memory.get_finished_spans()]
    assert len(told) > 10
    assert [line for line in told if "hunter2" in line or "aHVudGVyMg" in line] == []


async def test_what_is_in_no_trace_is_not_recorded(world: World) -> None:
    memory = InMemorySpanExporter()
    async with exporting(log(), memory) as tracer:
        with tracer.step("alone") as span:
            span.note({"a": 1})
            assert tracer.header() == ""
    assert memory.get_finished_spans() == ()


async def test_a_trace_of_another_process_goes_on_and_a_broken_header_begins_a_new_one(world: World) -> None:
    memory = InMemorySpanExporter()
    async with exporting(log(), memory) as tracer:
        tracer.begin("child", within=PARENT).end()
        tracer.begin("new", within="00-nonsense").end()
    child, new = memory.get_finished_spans()
    assert child.context is not None
    assert child.parent is not None
    assert (f"{child.context.trace_id:032x}", f"{child.parent.span_id:016x}") == tuple(PARENT.split("-")[1:3])
    assert new.parent is None


async def test_an_exception_fails_its_span_with_its_message_and_no_traceback() -> None:
    memory = InMemorySpanExporter()
    async with exporting(log(), memory) as tracer:
        root = tracer.begin("root")
        with root.around():
            for error in (TemporaryError("m1 is away"), ValueError("an object's content")):
                with pytest.raises(type(error)), tracer.step("step"):
                    raise error
        root.end()
    told, silent, _ = memory.get_finished_spans()
    assert (told.status.description, silent.status.description) == ("m1 is away", "ValueError")
    assert told.attributes == {"error.type": "TemporaryError"}
    assert told.events == silent.events == ()


async def test_a_collector_receives_them_with_the_settings_of_opentelemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=secret")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
        monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "service.name=gitops,deployment.environment.name=test")
        async with exporting(log()) as tracer:
            tracer.begin("revision", {"reconciler.pass": 1}).end()
        (span,) = collector.spans
    assert (span.name, span.attributes, span.error) == ("revision", {"reconciler.pass": 1}, None)
    assert span.resource["service.name"] == "gitops"
    assert span.resource["deployment.environment.name"] == "test"
    assert collector.headers[0]["api-key"] == "secret"
    assert collector.headers[0]["content-encoding"] == "gzip"


async def test_a_collector_that_refuses_is_one_line_of_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    text = io.StringIO()
    with collecting() as collector:
        collector.status = 400
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"{collector.endpoint}/v1/traces")
        monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1")
        async with exporting(log(text)) as tracer:
            for _ in range(3):
                tracer.begin("revision").end()
        assert collector.requests == 3
    (line,) = map(json.loads, text.getvalue().splitlines())
    assert line["event"] == "cannot send traces"
    assert "400" in line["error"]


class Stuck(SpanExporter):
    """A collector that takes a connection and never answers."""

    def export(self, spans: object) -> SpanExportResult:
        time.sleep(1)
        return SpanExportResult.FAILURE


async def test_a_collector_that_does_not_answer_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(otlp, "_END", 0.1)
    begun = time.monotonic()
    async with exporting(log(), Stuck()) as tracer:
        tracer.begin("revision").end()
    assert time.monotonic() - begun < 0.9
