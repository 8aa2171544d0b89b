"""Sync windows of Argo CD at fixed times."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from reconciler.calendar.schedules import ScheduleError
from reconciler.load.duration import parse_duration
from reconciler.model.window import Window, WindowKind
from reconciler.transition.windows import is_open, permission
from tests.conformance.replay import cases, check


@cases("windows")
def test_windows(case: dict[str, Any]) -> None:
    check(case, lambda: _answer(case["input"]), ScheduleError)


def _answer(given: dict[str, Any]) -> dict[str, Any]:
    now = datetime.fromisoformat(given["now"])
    if "window" in given:
        return {"active": is_open(_window(given["window"]), now)}
    return {"allowed": permission([_window(one) for one in given["windows"]], now, manual=given["manual"]).allowed}


def _window(given: dict[str, Any]) -> Window:
    duration = parse_duration(given["duration"])
    assert duration is not None
    kind = WindowKind(given.get("kind", "allow"))
    zone = given.get("timeZone", "UTC")
    return Window("window", kind, given["schedule"], duration, zone, manual=given.get("manualSync", False))
