"""What people suspend by a commit: an object, what a policy places, a member, or everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

SUSPENDED_ANNOTATION = "reconciler.dev/suspended"
"""On a template, a policy or a Cluster: the reason."""
UNTIL_ANNOTATION = "reconciler.dev/suspended-until"
"""Beside it: a time of RFC 3339 at which the suspension ends by itself."""


@dataclass(frozen=True, slots=True)
class Suspended:
    """A suspension that somebody states."""

    reason: str = ""
    until: datetime | None = None
    """None: until somebody ends it."""

    def holds(self, now: datetime) -> bool:
        return self.until is None or now < self.until

    @property
    def words(self) -> str:
        """`load test, until 2026-12-01 08:00 UTC`; empty where nothing is stated."""
        until = "" if self.until is None else f"until {self.until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        return ", ".join(part for part in (self.reason, until) if part)


def suspended_in(annotations: Mapping[str, str]) -> Suspended | None:
    """What annotations state. A time that is none is left out: the suspension then has no end."""
    if SUSPENDED_ANNOTATION not in annotations:
        return None
    return Suspended(str(annotations[SUSPENDED_ANNOTATION]), until_of(annotations.get(UNTIL_ANNOTATION, "")))


def until_of(written: str) -> datetime | None:
    """A time with its zone, in whole seconds; None if it is none."""
    try:
        moment = datetime.fromisoformat(written)
        return None if moment.tzinfo is None else moment.astimezone(UTC).replace(microsecond=0)
    except (TypeError, ValueError, OverflowError):
        return None
