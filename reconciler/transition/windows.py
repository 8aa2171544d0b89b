"""Whether windows allow a change now (sole home of cronsim). The rules are those of Argo CD's sync windows.

A window opens at its schedule, seen in its time zone with the offset of now, and stays open for its duration.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from reconciler.model.window import Window, WindowKind

__all__ = ["CronSimError", "Permission", "check_schedule", "is_open", "permission"]


@dataclass(frozen=True, slots=True)
class Permission:
    allowed: bool
    reason: str = ""
    """Why not."""
    until: datetime | None = None
    """When a window opens or closes next; None where none does."""


def permission(windows: Sequence[Window], now: datetime, *, manual: bool = False) -> Permission:
    """windows: those that concern an object on a cluster. manual: whether a person asks for the change.

    An open window of kind `deny` forbids it; else an open one of kind `allow` allows it; else one of kind `allow` that is not open
    forbids it; without any, it is allowed. A person may do more where every window that forbids it says so (`manual`).
    """
    forbidding = [one for one in windows if one.kind is WindowKind.DENY and is_open(one, now)]
    allowing = [one for one in windows if one.kind is WindowKind.ALLOW]
    if not forbidding and any(is_open(one, now) for one in allowing):
        return Permission(True, until=_next_change(windows, now))
    closed = forbidding or allowing
    if not closed or (manual and all(one.manual for one in closed)):
        return Permission(True, until=_next_change(windows, now))
    until = _next_change(windows, now)
    names = ", ".join(sorted(one.name for one in closed))
    what = f"window {names} denies changes" if forbidding else f"outside of window {names}"
    return Permission(False, what, until)


def is_open(window: Window, now: datetime) -> bool:
    local = _local(window, now)
    starts = CronSim(window.schedule, local - window.duration)
    return next(starts) < local


def check_schedule(schedule: str) -> None:
    """Raises CronSimError where it is none."""
    CronSim(schedule, datetime(2000, 1, 1))


def _next_change(windows: Iterable[Window], now: datetime) -> datetime | None:
    """The next moment at which a window opens or closes."""
    moments = []
    for window in windows:
        zone, local = ZoneInfo(window.time_zone), _local(window, now)
        moments.append(next(CronSim(window.schedule, local)).replace(tzinfo=zone))
        if is_open(window, now):
            last = next(CronSim(window.schedule, local, reverse=True))
            moments.append((last + window.duration).replace(tzinfo=zone))
    return min((moment for moment in moments if moment > now), default=None)


def _local(window: Window, now: datetime) -> datetime:
    """The time on the clocks of the zone, without the zone."""
    return now.astimezone(ZoneInfo(window.time_zone)).replace(tzinfo=None)
