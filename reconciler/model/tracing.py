"""Spans: how long the steps of a pass take, for whoever records them. By default nobody does, at no cost.

The words are those of OpenTelemetry: a trace is a tree of spans, and a span is one step with its begin, its end and attributes.
`daemon/otlp.py` records spans and sends them. Attributes hold names and numbers, never the content of an object.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from reconciler.model.keys import ClusterName

Attributes = Mapping[str, str | int | float | bool]
NO_ATTRIBUTES: Attributes = MappingProxyType({})

TRACEPARENT = "Traceparent"
"""The trailer of a commit on the status branch that carries on a trace: its value is the header `traceparent` of W3C Trace
Context."""


class Span(Protocol):
    """One step that began and did not end yet."""

    def note(self, attributes: Attributes) -> None:
        """Adds attributes."""

    def fail(self, reason: str) -> None:
        """The step did not succeed."""

    def end(self, at: datetime | None = None) -> None:
        """at: now by default. Does nothing for a span that has ended."""

    def around(self) -> AbstractContextManager[object]:
        """Steps that begin in the block are parts of this one."""


class Tracer(Protocol):
    def step(self, name: str, attributes: Attributes = NO_ATTRIBUTES) -> AbstractContextManager[Span]:
        """A span for the block, part of the one around it. Nothing is recorded where there is none around it. An exception that
        leaves the block fails the span."""

    def begin(
        self, name: str, attributes: Attributes = NO_ATTRIBUTES, *, within: Span | str = "", at: datetime | None = None
    ) -> Span:
        """A span that the caller ends. within: the one that it is part of, also as a header `traceparent` of another process;
        without a valid one, a new trace begins. at: when it began; now by default."""

    def header(self) -> str:
        """The header `traceparent` for the span around the caller; empty where there is none."""


class _NoSpan:
    def note(self, attributes: Attributes) -> None: ...

    def fail(self, reason: str) -> None: ...

    def end(self, at: datetime | None = None) -> None: ...

    def around(self) -> AbstractContextManager[object]:
        return _NO_STEP


class _NoTracer:
    def step(self, name: str, attributes: Attributes = NO_ATTRIBUTES) -> AbstractContextManager[Span]:
        return _NO_STEP

    def begin(
        self, name: str, attributes: Attributes = NO_ATTRIBUTES, *, within: Span | str = "", at: datetime | None = None
    ) -> Span:
        return NO_SPAN

    def header(self) -> str:
        return ""


NO_SPAN: Span = _NoSpan()
_NO_STEP = nullcontext(NO_SPAN)
NO_TRACER: Tracer = _NoTracer()
"""Records nothing."""


def member(name: ClusterName) -> Attributes:
    """The attribute of a span that is about one member."""
    return {"k8s.cluster.name": name}
