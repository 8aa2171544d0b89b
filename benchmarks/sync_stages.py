"""Where the time of one `sync` goes: a tracer that notes when the steps of a pass begin and end, in wall and CPU seconds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime

from reconciler.model.tracing import NO_ATTRIBUTES, NO_SPAN, Attributes, Span

Moment = tuple[float, float]
"""Wall and CPU seconds of the process."""


def now() -> Moment:
    return time.perf_counter(), time.process_time()


class Stages:
    """Implements `model.tracing.Tracer`."""

    def __init__(self) -> None:
        self._begun = now()
        self._steps: dict[str, tuple[Moment, Moment]] = {}
        """By name, the begin of the first step and the end of the last one: the members go through a step together."""

    def step(self, name: str, attributes: Attributes = NO_ATTRIBUTES) -> AbstractContextManager[Span]:
        return self._step(name)

    @contextmanager
    def _step(self, name: str) -> Iterator[Span]:
        begun = now()
        yield NO_SPAN
        first, _ = self._steps.get(name, (begun, begun))
        self._steps[name] = (first, now())

    def begin(
        self, name: str, attributes: Attributes = NO_ATTRIBUTES, *, within: Span | str = "", at: datetime | None = None
    ) -> Span:
        return NO_SPAN

    def header(self) -> str:
        return ""

    def document(self) -> dict[str, dict[str, float]]:
        """Milliseconds of each step, and of what lies before, between and after them."""
        found, last, before = {}, self._begun, ""
        for name, (begun, ended) in sorted(self._steps.items(), key=lambda item: item[1]):
            found[f"{before or 'start'} … {name}"] = _between(last, begun)
            found[name] = _between(begun, ended)
            last, before = max(last, ended), name
        found[f"{before} … end"] = _between(last, now())
        return {name: one for name, one in found.items() if one["wall"] >= 1}


def _between(begun: Moment, ended: Moment) -> dict[str, float]:
    wall, cpu = (round((after - before) * 1000, 1) for before, after in zip(begun, ended, strict=True))
    return {"wall": wall, "cpu": cpu}
