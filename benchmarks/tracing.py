"""What traces cost a pass: `python -m benchmarks.tracing [MEMBERS] [PASSES]`.

A pass with nothing to do over members in memory: discover, compile, survey, plan. *off* is without a tracer, *on* with one whose
spans go to a collector that throws them away. Passes take turns, so that what the machine does meets both.
"""

from __future__ import annotations

import asyncio
import io
import statistics
import sys
import time
from collections.abc import Sequence

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from reconciler.daemon.log import logger
from reconciler.daemon.otlp import exporting
from reconciler.model.tracing import NO_TRACER, Tracer
from reconciler.passes.options import Options
from reconciler.passes.passes import run_pass
from tests.support.fleet import fleet, placed
from tests.support.in_memory_fleet import Playground


class Away(SpanExporter):
    """Counts spans, and throws them away."""

    count = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.count += len(spans)
        return SpanExportResult.SUCCESS


async def measure(members: int, passes: int) -> tuple[dict[str, float], float]:
    """(seconds of CPU of the median pass, off and on; spans of a pass)."""
    names = [f"m{number:03}" for number in range(members)]
    files = {**fleet(*names)}
    for number in range(20):
        files |= placed(f"web-{number}", *names)
    exporter, taken = Away(), dict[str, list[float]](off=[], on=[])
    async with exporting(logger(as_json=True, to=io.StringIO()), exporter) as tracer:
        playground = Playground(*names)
        await playground.sync(files)
        work = {name: await playground.reconciliation(files, Options(tracer=one)) for name, one in _tracers(tracer).items()}
        recorded = playground.recorded
        for _ in range(passes):
            for name, reconciliation in work.items():
                root = reconciliation.options.tracer.begin("rollout")
                begun = time.process_time()
                with root.around(), reconciliation.options.tracer.step("pass"):
                    recorded = (await run_pass(reconciliation, recorded)).recorded
                taken[name].append(time.process_time() - begun)
                root.end()
    return {name: statistics.median(seconds) for name, seconds in taken.items()}, exporter.count / passes


def _tracers(tracer: Tracer) -> dict[str, Tracer]:
    return {"off": NO_TRACER, "on": tracer}


def main() -> None:
    members, passes = (int(word) for word in (*sys.argv[1:], *("100", "30")[len(sys.argv) - 1 :]))
    figures, spans = asyncio.run(measure(members, passes))
    print(
        f"a pass over {members} members with 20 objects each: " + ", ".join(f"{k} {v * 1000:.1f} ms" for k, v in figures.items())
    )
    each = (figures["on"] - figures["off"]) / spans * 1e6
    print(f"{spans:.0f} spans of {each:.0f} µs")


if __name__ == "__main__":
    main()
