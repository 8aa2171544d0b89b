"""Points in time and names as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reconciler.answers.arguments import ArgumentError, kind_and_name, point_in_time, since

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("90s", NOW - timedelta(seconds=90)),
        ("12h", NOW - timedelta(hours=12)),
        ("7d", NOW - timedelta(days=7)),
        ("2w", NOW - timedelta(weeks=2)),
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T12:00", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00+02:00", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        ("2026-13-31", None),
        ("HEAD~1", None),
        ("20260131", None),  # may be the beginning of a commit's id
        ("12345d", None),
        ("1234abcd", None),
        ("", None),
    ],
)
def test_points_in_time(text: str, moment: datetime | None) -> None:
    assert point_in_time(text, NOW) == moment


def test_since() -> None:
    assert since("", NOW) is None
    assert since("1h", NOW) == NOW - timedelta(hours=1)
    with pytest.raises(ArgumentError, match="soon is neither a date such as 2026-01-31 nor a duration"):
        since("soon", NOW)


def test_kind_and_name() -> None:
    assert kind_and_name("deploy/web") == ("deploy", "web")
    for wrong in ("web", "deploy/", "/web", "a/b/c"):
        with pytest.raises(ArgumentError, match="is not KIND/NAME"):
            kind_and_name(wrong)
