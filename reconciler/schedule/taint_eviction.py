"""Until when a cluster's NoExecute taints let an object stay (Karmada pkg/util/helper/taint.go).

For each taint the first toleration that matches it is used. The earliest end of all used tolerations counts, for every taint
that each of them matches, whatever taint it was used for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.model.cluster import NO_EXECUTE, Taint
from reconciler.model.policy import Toleration
from reconciler.schedule.filters import tolerates


@dataclass(frozen=True, slots=True)
class TaintDeadline:
    """When an object has to leave, and for which taint."""

    taint: Taint
    at: datetime | None = None
    """None: now, because nothing tolerates the taint."""

    def is_due(self, now: datetime) -> bool:
        return self.at is None or self.at <= now


def taint_deadline(taints: Iterable[Taint], tolerations: Sequence[Toleration]) -> TaintDeadline | None:
    """None: the taints are tolerated for ever, or none is NoExecute. A taint without a time ends no toleration."""
    evicting = [taint for taint in taints if taint.effect == NO_EXECUTE]
    used: list[Toleration] = []
    for taint in evicting:
        first = next((toleration for toleration in tolerations if tolerates(toleration, taint)), None)
        if first is None:
            return TaintDeadline(taint)
        used.append(first)
    ends = [(end, taint) for toleration in used for end, taint in _ends(toleration, evicting)]
    if not ends:
        return None
    at, taint = min(ends, key=lambda pair: (pair[0], pair[1].identity))
    return TaintDeadline(taint, at)


def _ends(toleration: Toleration, taints: Iterable[Taint]) -> Iterator[tuple[datetime, Taint]]:
    """A toleration that leads beyond the calendar has no end."""
    if toleration.toleration_seconds is None or toleration.toleration_seconds > _FOR_EVER:
        return
    seconds = timedelta(seconds=max(toleration.toleration_seconds, 0))
    for taint in taints:
        if taint.time_added is not None and taint.time_added.year < _LAST_YEAR and tolerates(toleration, taint):
            yield taint.time_added + seconds, taint


_FOR_EVER = 100 * 365 * 24 * 3600
"""Seconds."""
_LAST_YEAR = 9800
"""Of the calendar that `datetime` has, which ends with 9999, less what is for ever."""
