"""The option of `run` and `agent` about traces, and the variables of OpenTelemetry that decide whether there are any.

All other variables of OpenTelemetry are read by its SDK (`daemon/otlp.py`).
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated

import typer

from reconciler.daemon.log import Log
from reconciler.errors import ReconcilerError
from reconciler.model.tracing import NO_TRACER, Tracer

Tracing = Annotated[
    bool | None,
    typer.Option(
        "--tracing/--no-tracing",
        envvar="RECONCILER_TRACING",
        help="Send traces to a collector by OTLP over HTTP; by default where OTEL_EXPORTER_OTLP_ENDPOINT names it.",
    ),
]

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_PROTOCOL = "http/protobuf"


class TracingError(ReconcilerError):
    """Traces were asked for, and cannot be sent."""


def wants_traces(option: bool | None, environment: Mapping[str, str] = os.environ) -> bool:
    """option: `--tracing`, `--no-tracing`, or None. Raises TracingError where the environment asks for what does not exist
    here."""
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    exporter = environment.get("OTEL_TRACES_EXPORTER", "").strip() or "otlp"
    if exporter == "none":
        return False
    if not (option if option is not None else any(environment.get(name, "").strip() for name in _ENDPOINTS)):
        return False
    if exporter != "otlp":
        raise TracingError(
            f"OTEL_TRACES_EXPORTER is {exporter}, and traces can only be sent by otlp",
            remedy="Set it to otlp or none, or use --no-tracing.",
        )
    variable, protocol = next(
        ((name, said) for name in _PROTOCOLS if (said := environment.get(name, "").strip())), ("", _PROTOCOL)
    )
    if protocol != _PROTOCOL:
        raise TracingError(
            f"{variable} is {protocol}, and traces can only be sent by {_PROTOCOL}",
            remedy=f"Set it to {_PROTOCOL}, and the endpoint to the port for HTTP of the collector, usually 4318.",
        )
    return True


@asynccontextmanager
async def tracing(option: bool | None, log: Log) -> AsyncIterator[Tracer]:
    """Records and sends traces while the block runs, where that is wanted. Raises TracingError."""
    if not wants_traces(option):
        yield NO_TRACER
        return
    try:
        from reconciler.daemon.otlp import exporting
    except ImportError as error:
        raise TracingError(
            f"traces are asked for, and OpenTelemetry is not installed ({error})",
            remedy="Install it with: pip install 'reconciler[tracing]'. Or use --no-tracing.",
        ) from error
    async with exporting(log) as tracer:
        yield tracer
