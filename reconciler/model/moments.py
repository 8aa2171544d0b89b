"""A moment as text."""

from __future__ import annotations

from datetime import UTC, datetime


def time_text(moment: datetime) -> str:
    """RFC 3339, in UTC and whole seconds, as Kubernetes writes times (apimachinery metav1.Time).

    moment: with a time zone.
    """
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
