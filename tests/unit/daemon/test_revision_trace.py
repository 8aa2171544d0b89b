"""When the trace of a revision begins and how it ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from reconciler.daemon import revision_trace
from reconciler.daemon.otlp import OtlpTracer
from reconciler.daemon.revision_trace import RevisionTraces
from reconciler.errors import ReconcilerError, TemporaryError
from reconciler.passes.passes import Pass
from tests.support.in_memory_fleet import Playground
from tests.support.shop import SHOP

BROKEN = ReconcilerError("reconciler.yaml:3: mapping values are not allowed here")


@dataclass
class Traced:
    traces: RevisionTraces
    memory: InMemorySpanExporter
    now: datetime

    def adopt(self, revision: str) -> None:
        with self.traces.fetching():
            self.later(1)
        self.traces.begun(revision, "main", self.traces.loading())

    def make_pass(self, done: Pass, *, pending: bool = True) -> None:
        with self.traces.passing():
            pass
        self.traces.passed(done, pending=pending)

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def record(self) -> None:
        with self.traces.recording():
            pass

    def ended(self, name: str = "revision") -> list[ReadableSpan]:
        return [span for span in self.memory.get_finished_spans() if span.name == name]

    def outcomes(self) -> list[object]:
        return [(span.attributes or {})["reconciler.outcome"] for span in self.ended()]


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> Traced:
    memory, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(memory))
    one = Traced(RevisionTraces(OtlpTracer(provider)), memory, datetime(2026, 1, 1, tzinfo=UTC))
    monkeypatch.setattr(revision_trace, "_now", lambda: one.now)
    return one


@pytest.fixture
async def good() -> Pass:
    return await Playground("m1", "m2", "m3").sync(SHOP)


@pytest.fixture
async def bad() -> Pass:
    return await Playground("m1", "m2").sync(SHOP)


async def test_it_ends_with_the_commit_that_records_what_is_current(traced: Traced, good: Pass) -> None:
    traced.adopt("first")
    traced.make_pass(good)
    assert traced.ended() == []
    assert len(traced.ended("rollout")) == 1
    with pytest.raises(TemporaryError), traced.traces.recording():
        raise TemporaryError("the remote did not answer")
    assert traced.ended() == []
    traced.record()
    assert traced.outcomes() == ["current"]
    traced.make_pass(good)
    traced.record()
    assert (len(traced.ended("pass")), len(traced.ended("record"))) == (1, 2), "later passes are in no trace"


async def test_it_ends_at_once_where_nothing_is_to_be_recorded(traced: Traced, good: Pass) -> None:
    traced.adopt("first")
    traced.make_pass(good, pending=False)
    assert traced.outcomes() == ["current"]


async def test_another_revision_supersedes_it(traced: Traced, good: Pass, bad: Pass) -> None:
    traced.adopt("first")
    traced.make_pass(bad)
    traced.adopt("second")
    assert traced.outcomes() == ["superseded"]
    traced.make_pass(good, pending=False)
    assert traced.outcomes() == ["superseded", "current"]
    first, second = traced.ended()
    assert first.context is not None
    assert second.context is not None
    assert first.context.trace_id != second.context.trace_id


async def test_a_problem_fails_it_only_when_it_lasts(traced: Traced, good: Pass, bad: Pass) -> None:
    traced.adopt("first")
    traced.make_pass(bad)
    traced.later(299)
    traced.make_pass(bad)
    assert traced.ended() == []
    traced.later(1)
    traced.make_pass(bad, pending=False)
    assert traced.outcomes() == ["failed"]
    (root,) = traced.ended()
    assert root.status.status_code is StatusCode.ERROR
    assert "m3" in str(root.status.description)


async def test_a_refused_revision_has_one_trace_with_the_reason(traced: Traced) -> None:
    for _ in range(3):
        with traced.traces.fetching():
            traced.later(1)
        traced.traces.refused("broken", "main", traced.traces.loading(), BROKEN)
    assert traced.outcomes() == ["refused"]
    (root,) = traced.ended()
    assert root.status.description == BROKEN.message
    assert [span.status.status_code for span in traced.ended("load")] == [StatusCode.ERROR]


async def test_what_may_go_away_by_itself_refuses_nothing(traced: Traced) -> None:
    traced.traces.refused("first", "main", traced.traces.loading(), TemporaryError("the remote did not answer"))
    assert traced.ended() == []


async def test_a_refused_revision_does_not_end_the_trace_of_the_one_in_force(traced: Traced, good: Pass) -> None:
    traced.adopt("first")
    traced.traces.refused("broken", "main", traced.traces.loading(), BROKEN)
    traced.make_pass(good, pending=False)
    assert traced.outcomes() == ["refused", "current"]


async def test_a_revision_that_is_left_is_refused_and_the_end_of_the_process_ends_it(traced: Traced) -> None:
    traced.adopt("first")
    traced.traces.left(ValueError("a defect"))
    traced.adopt("second")
    traced.traces.stopped()
    traced.traces.stopped()
    assert traced.outcomes() == ["refused", "stopped"]


async def test_it_begins_with_the_push_although_the_first_fetch_failed(traced: Traced) -> None:
    pushed = traced.now
    traced.traces.pushed()
    traced.later(2)
    traced.traces.pushed()
    with pytest.raises(TemporaryError), traced.traces.fetching():
        raise TemporaryError("the remote did not answer")
    traced.later(2)
    traced.adopt("first")
    traced.traces.stopped()
    (root,) = traced.ended()
    assert (root.attributes or {})["reconciler.trigger"] == "webhook"
    assert root.start_time == int(pushed.timestamp()) * 10**9


async def test_a_push_that_brought_nothing_is_forgotten(traced: Traced) -> None:
    traced.traces.pushed()
    with traced.traces.fetching():
        pass
    traced.adopt("first")
    traced.traces.stopped()
    assert [(span.attributes or {})["reconciler.trigger"] for span in traced.ended()] == ["poll"]


async def test_a_rollout_without_end_does_not_trace_passes_without_end(traced: Traced, bad: Pass) -> None:
    traced.adopt("first")
    for _ in range(revision_trace._PASSES + 5):
        traced.make_pass(bad)
    assert len(traced.ended("pass")) == revision_trace._PASSES


async def test_without_a_tracer_it_does_nothing(good: Pass, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise AssertionError("the verdict is not free")

    monkeypatch.setattr(revision_trace, "verdict_of", fail)
    traces = RevisionTraces()
    traces.pushed()
    with traces.fetching():
        pass
    traces.begun("first", "main", traces.loading())
    with traces.passing():
        pass
    traces.passed(good, pending=True)
    with traces.recording():
        pass
    traces.stopped()
