"""What Kubernetes' types can hold, and that the table of them is what the schemas say."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from reconciler.interpreter import go_types, go_types_fields
from reconciler.interpreter.registry import check_go_type
from reconciler.interpreter.rules import MalformedObjectError
from tests.unit.interpreter.go_types_table import build_table, module_text
from tests.unit.interpreter.manifests import deployment, job, manifest


def _with_container(**fields: Any) -> dict[str, Any]:
    return deployment(template={"spec": {"containers": [{"name": "a"}, fields]}})


def test_the_table_is_what_the_schemas_say() -> None:
    assert Path(go_types_fields.__file__).read_text() == module_text()
    table = build_table()
    assert {name: dict(go_types.fields_of(name)) for name in table} == table


@pytest.mark.parametrize(
    "template",
    [
        deployment(replicas=2.0, paused=None, unknown=[1]),
        deployment(replicas=5_000_000_000),
        _with_container(resources={"limits": {"cpu": 1, "memory": 0.5, "x": None, "y": " 1Gi "}}),
        _with_container(ports=None, livenessProbe={"httpGet": {"port": "http"}}),
        _with_container(livenessProbe={"httpGet": {"port": 80.0}}),
        manifest("apps/v1", "Deployment", metadata={"creationTimestamp": "2026-01-01T1:02:03,5+02:00"}),
        manifest("apps/v1", "Deployment", metadata={"managedFields": [{"fieldsV1": {"f:a": 1}}, None]}),
        manifest("apps/v1", "Deployment", metadata={"labels": {"a": None}}),
        manifest("apps/v1", "Deployment", metadata=None, spec=None),
        manifest("batch/v1", "CronJob", spec=5),
        manifest("v1", "ConfigMap", data=5),
        manifest("example.io/v1", "Deployment", spec={"rollout": 5}),
    ],
)
def test_readable(template: dict[str, Any]) -> None:
    check_go_type(template)


@pytest.mark.parametrize(
    ("template", "place"),
    [
        (deployment(replicas="2"), r"spec\.replicas"),
        (deployment(replicas=True), r"spec\.replicas"),
        (deployment(replicas=1.5), r"spec\.replicas"),
        (deployment(paused="true"), r"spec\.paused"),
        (deployment(template=[]), r"spec\.template"),
        (deployment(strategy={"rollingUpdate": {"maxSurge": 1 << 31}}), r"spec\.strategy\.rollingUpdate\.maxSurge"),
        (deployment(strategy={"rollingUpdate": {"maxSurge": True}}), r"spec\.strategy\.rollingUpdate\.maxSurge"),
        (manifest("apps/v1", "Deployment", metadata={"labels": {"a": 1}}), r"metadata\.labels\.a"),
        (manifest("apps/v1", "Deployment", metadata={"creationTimestamp": "yesterday"}), r"metadata\.creationTimestamp"),
        (manifest("apps/v1", "Deployment", metadata={"creationTimestamp": "2026-02-30T00:00:00Z"}), "creationTimestamp"),
        (manifest("apps/v1", "Deployment", status={"replicas": "1"}), r"status\.replicas"),
        (manifest("example.io/v1", "Deployment", spec={"replicas": "2"}), r"spec\.replicas"),
        (_with_container(image=5), r"spec\.template\.spec\.containers\[1\]\.image"),
        (_with_container(env={}), r"containers\[1\]\.env"),
        (_with_container(command=["sh", 1]), r"command\[1\]"),
        (_with_container(resources={"limits": {"cpu": "1 core"}}), r"resources\.limits\.cpu"),
        (_with_container(resources={"limits": {"cpu": True}}), r"resources\.limits\.cpu"),
        (job(completions="10"), r"spec\.completions"),
    ],
)
def test_unreadable(template: dict[str, Any], place: str) -> None:
    with pytest.raises(MalformedObjectError, match=place):
        check_go_type(template)


def test_the_message_names_no_value() -> None:
    with pytest.raises(MalformedObjectError) as caught:
        check_go_type(_with_container(env="hunter2"))
    assert caught.value.message == "spec.template.spec.containers[1].env is text, not a list"


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05.123456789Z", datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=UTC)),
        ("2026-01-02T03:04:05+01:00", datetime(2026, 1, 2, 2, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05+0100", None),
        ("2026-01-02 03:04:05Z", None),
        ("2026-01-02", None),
        ("", None),
    ],
)
def test_times_are_read_as_go_reads_them(text: str, time: datetime | None) -> None:
    assert go_types.parse_time(text) == time
