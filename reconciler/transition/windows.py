"""Whether windows allow a change now. The rules are those of Argo CD's sync windows.

A window opens at its schedule, seen in its time zone with the offset of now, and stays open for its duration.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from reconciler.calendar.schedules import last_start, local_time, moment_of, next_start
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.model.window import Window, WindowKind


@dataclass(frozen=True, slots=True)
class Permission:
    allowed: bool
    reason: str = ""
    """Why not."""
    until: datetime | None = None
    """When a window opens or closes next; None where none does."""


@dataclass(frozen=True, slots=True)
class Closed:
    """Clusters that may get nothing new now."""

    reasons: Mapping[ClusterName, str] = field(default_factory=dict)
    until: datetime | None = None
    """When the first window opens or closes."""


NONE_CLOSED = Closed()


def closed_clusters(
    windows: Sequence[Window], clusters: Iterable[Cluster], now: datetime, *, manual: bool, begun: bool
) -> Closed:
    """windows: those that concern the objects of a change. begun: whether the change has reached a cluster: it may then go on
    where the windows say so (`overrun`)."""
    if not windows:
        return NONE_CLOSED
    found: dict[tuple[Window, ...], Permission] = {}
    reasons: dict[ClusterName, str] = {}
    for cluster in clusters:
        here = tuple(one for one in windows if one.holds_on(cluster))
        if here not in found:
            found[here] = permission(here, now, manual=manual)
        if not found[here].allowed and not (begun and all(one.overrun for one in here)):
            reasons[cluster.name] = found[here].reason
    moments = [one.until for one in found.values() if one.until is not None]
    return Closed(reasons, min(moments, default=None))


def permission(windows: Sequence[Window], now: datetime, *, manual: bool = False) -> Permission:
    """windows: those that concern an object on a cluster. manual: whether a person asks for the change.

    An open window of kind `deny` forbids it; else an open one of kind `allow` allows it; else one of kind `allow` forbids it that
    is not open; without any, it is allowed. A person may do more where every window that forbids it says so (`manual`).
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
    what = f"the window {names} is open, which denies changes" if forbidding else f"the window {names} is not open"
    when = "" if until is None else f" (until {until.astimezone(UTC):%Y-%m-%d %H:%M} UTC at least)"
    return Permission(False, what + when, until)


def is_open(window: Window, now: datetime) -> bool:
    local = local_time(now, window.time_zone)
    return next_start(window.schedule, local - window.duration) < local


def _next_change(windows: Iterable[Window], now: datetime) -> datetime | None:
    """The next moment at which a window opens or closes."""
    moments = []
    for window in windows:
        local = local_time(now, window.time_zone)
        starts = [next_start(window.schedule, local)]
        if is_open(window, now):
            starts.append(last_start(window.schedule, local) + window.duration)
        # Where the clocks are set back, a time comes twice.
        moments += [moment_of(one.replace(fold=fold), window.time_zone).astimezone(UTC) for one in starts for fold in (0, 1)]
    return min((moment for moment in moments if moment > now), default=None)
