"""When a window opens or closes next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from reconciler.model.window import Window, WindowKind
from reconciler.transition.windows import permission


def test_a_window_opens_also_in_the_hour_that_comes_a_second_time() -> None:
    night = Window("night", WindowKind.ALLOW, "45 2 * * *", timedelta(hours=1), "Europe/Berlin")
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # The clocks show half past two again.
    found = permission([night], second)
    assert (found.allowed, found.until) == (False, datetime(2026, 10, 25, 1, 45, tzinfo=UTC))
    assert permission([night], second + timedelta(minutes=16)).allowed
