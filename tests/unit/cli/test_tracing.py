"""Whether traces are sent: the option, and the variables of OpenTelemetry."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

from reconciler.cli.tracing import TracingError, tracing, wants_traces
from reconciler.daemon.log import logger
from reconciler.model.tracing import NO_TRACER
from tests.support.program import clean_environment, run_process

ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}


@pytest.mark.parametrize(
    ("option", "environment", "wanted"),
    [
        (None, {}, False),
        (None, ENDPOINT, True),
        (None, {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"}, True),
        (None, {"OTEL_EXPORTER_OTLP_ENDPOINT": " "}, False),
        (None, {**ENDPOINT, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf", "OTEL_TRACES_EXPORTER": "otlp"}, True),
        (None, {**ENDPOINT, "OTEL_TRACES_EXPORTER": "none"}, False),
        (None, {**ENDPOINT, "OTEL_SDK_DISABLED": "TRUE"}, False),
        (True, {}, True),
        (True, {"OTEL_SDK_DISABLED": "true"}, False),
        (False, ENDPOINT, False),
        (False, {**ENDPOINT, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, False),
    ],
)
def test_the_option_wins_over_the_endpoint(option: bool | None, environment: dict[str, str], wanted: bool) -> None:
    assert wants_traces(option, environment) is wanted


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "OTEL_EXPORTER_OTLP_PROTOCOL is grpc"),
        ({"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/json"}, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL is http/json"),
        ({"OTEL_TRACES_EXPORTER": "console"}, "OTEL_TRACES_EXPORTER is console"),
    ],
)
def test_what_does_not_exist_here_is_refused(environment: dict[str, str], message: str) -> None:
    with pytest.raises(TracingError, match=message) as refused:
        wants_traces(None, {**ENDPOINT, **environment})
    assert refused.value.remedy.startswith("Set it to ")


async def test_without_the_extra_the_remedy_is_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "reconciler.daemon.otlp", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(TracingError, match="OpenTelemetry is not installed") as refused:
        async with tracing(True, logger(as_json=True, to=io.StringIO())):
            pass
    assert "pip install 'reconciler[tracing]'" in refused.value.remedy


async def test_it_is_off_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    async with tracing(None, logger(as_json=True, to=io.StringIO())) as tracer:
        assert tracer is NO_TRACER


def test_a_process_that_does_not_trace_imports_nothing_of_it() -> None:
    code = (
        "import sys\nfrom reconciler.cli.commands import agent, run\nprint([name for name in sys.modules if 'telemetry' in name])"
    )
    done = subprocess.run([sys.executable, "-c", code], env=clean_environment(), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_run_tells_it_on_the_command_line() -> None:
    ran = run_process(
        "run", "--repo", ".", OTEL_EXPORTER_OTLP_ENDPOINT="http://collector:4317", OTEL_EXPORTER_OTLP_PROTOCOL="grpc"
    )
    assert ran.code == 3
    assert "the port for HTTP of the collector, usually 4318" in ran.err
