"""Health as kstatus judges it. The message informs, the status and the reason bind."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from reconciler.interpreter.registry import health_of
from tests.conformance.replay import cases


@cases("kstatus")
def test_kstatus(case: dict[str, Any]) -> None:
    now = case["input"].get("now")
    health = health_of(case["input"]["object"], datetime.fromisoformat(now) if now else None)
    expected = case["expect"]
    assert health.status == expected["status"], case["why"]
    for condition in expected.get("conditions", ()):
        assert health.reason == condition["reason"], case["why"]
