"""When a write that did not last is tried again, and which results are news.

A pass may have any cause: a new revision, a change on another member, a time-out. So an object needs its own pause, or each pass
would repeat every refused request. The pause is 1 second after the first attempt and twice as long after each further one:

| What happened | Longest pause |
|---|---|
| the member refused the write, or something prevents it (`Skip`) | 2 minutes |
| the member did not answer this request; its watches tell when it is back | 10 seconds |
| drift was corrected, or the object was taken over, and another client changed or deleted it again (`fights.py`) | 5 minutes |

Another manifest for the object is tried at once, and a new revision starts with no pauses (`Controller.adopt`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, replace
from enum import Enum, auto

from reconciler.model.changes import Change, Configure, Create, Outcome, Skip, Unchanged, Write
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.work import RenderedManifest
from reconciler.passes.fights import Fight, Fights, fight_over

_FIRST = 1.0
"""Seconds after the first attempt."""
_REFUSED, _UNANSWERED, _CORRECTED = 120.0, 10.0, 300.0
"""The longest pauses of the table above, in seconds."""
_QUIET = 660.0
"""Seconds without another correction after which a correction has lasted. Many controllers look again every ten minutes, and one
that undoes a correction only then fights, too."""


class _Result(Enum):
    """Why the next attempt waits."""

    FAILED = auto()
    SKIPPED = auto()
    """Something prevented the write. When that is gone, the write need not wait."""
    CORRECTED = auto()
    """Drift was corrected, or the object was taken over; the other client may act again."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    """The last attempt at one object."""

    desired: RenderedManifest | None
    message: str
    """Why the object needs another attempt; empty where a correction may have lasted."""
    result: _Result
    pause: float
    """Seconds between this attempt and the next one."""
    due: float
    """When the next attempt may begin, by the monotonic clock."""
    times: int = 1
    """How many attempts in a row had this result."""
    fight: Fight | None = None
    """What the corrections show."""


def _now() -> float:
    return asyncio.get_running_loop().time()


class Attempts:
    """The attempts of one process at objects whose last write failed, was prevented or did not last."""

    def __init__(self, clock: Callable[[], float] = _now) -> None:
        """clock: a monotonic clock, in seconds; by default that of the event loop."""
        self._clock = clock
        self._attempts: dict[ClusterName, dict[ResourceKey, _Attempt]] = {}

    def postpone(self, cluster: ClusterName, change: Write) -> str:
        """Why this change must not begin yet; empty where it may."""
        last = self._attempts.get(cluster, {}).get(change.key)
        if last is None or self._clock() >= last.due or last.desired != change.desired:
            return ""
        if last.result is not _Result.FAILED and not (last.result is _Result.CORRECTED and _corrects(change, last)):
            return ""
        if last.result is _Result.CORRECTED:
            return f"another client undid the last correction; the next one follows within {last.pause:.0f} s: {change.reason}"
        return last.message

    def is_news(self, cluster: ClusterName, outcome: Outcome) -> bool:
        """Whether the outcome differs from that of the attempt before. Ask before `note`."""
        last = self._attempts.get(cluster, {}).get(outcome.change.key)
        if outcome.postponed:
            return False
        if outcome.done and not isinstance(outcome.change, Skip):
            return not (_corrects(outcome.change, last) and last is not None and last.result is _Result.CORRECTED)
        return last is None or last.message != _message(outcome)

    def note(self, cluster: ClusterName, outcomes: Iterable[Outcome], ignored: Container[ResourceKey] = ()) -> None:
        """Takes what a pass did on one member. ignored: objects whose `Skip` is what the user wants (a suspended policy)."""
        now, before = self._clock(), self._attempts.pop(cluster, {})
        after = {}
        for outcome in outcomes:
            key = outcome.change.key
            if (isinstance(outcome.change, Unchanged) and key not in before) or key in ignored:
                continue
            if (attempt := _next(before.get(key), outcome, now)) is not None:
                after[key] = attempt
        if after:
            self._attempts[cluster] = after

    def has_any(self, cluster: ClusterName) -> bool:
        """Whether an object of the member has attempts. Otherwise `note` needs no outcome of an unchanged object."""
        return cluster in self._attempts

    def note_some(self, cluster: ClusterName, outcomes: Iterable[Outcome]) -> None:
        """Takes what was done about single objects of a member between two passes."""
        now, attempts = self._clock(), self._attempts.pop(cluster, {})
        for outcome in outcomes:
            key = outcome.change.key
            if (attempt := _next(attempts.pop(key, None), outcome, now)) is not None:
                attempts[key] = attempt
        if attempts:
            self._attempts[cluster] = attempts

    def fights(self, cluster: ClusterName) -> Fights:
        """The fights over objects of a member."""
        attempts = self._attempts.get(cluster, {})
        return {key: attempt.fight for key, attempt in attempts.items() if attempt.fight is not None}

    def forget_others(self, names: Container[ClusterName]) -> None:
        """Forgets members that are not in the fleet any more."""
        self._attempts = {name: attempts for name, attempts in self._attempts.items() if name in names}

    def next_due(self) -> float | None:
        """Seconds until the next attempt is due; None where nothing waits.

        An attempt that is overdue does not count: this pass did not reach the object, and the pause of the pass applies.
        """
        now = self._clock()
        waiting = [
            one.due for of_member in self._attempts.values() for one in of_member.values() if one.message and one.due > now
        ]
        return min(waiting) - now if waiting else None


def _next(last: _Attempt | None, outcome: Outcome, now: float) -> _Attempt | None:
    """The attempt to remember after this outcome; None where the object needs no more attention."""
    change = outcome.change
    lately = last if last is not None and last.result is _Result.CORRECTED and now < last.due + last.pause + _QUIET else None
    if outcome.postponed:
        # With a message, `next_due` counts a postponed correction.
        return last if last is None or last.message else replace(last, message=change.reason)
    if outcome.error:
        repeated = last if last is not None and last.result is _Result.FAILED and last.desired == change.desired else None
        longest = _UNANSWERED if outcome.temporary else _REFUSED
        return _attempt(repeated, outcome, _Result.FAILED, now, longest)
    if isinstance(change, Skip) and change.drift:  # Nothing waits; what was told is not told again.
        return _Attempt(change.desired, change.reason, _Result.SKIPPED, 0.0, now)
    if isinstance(change, Skip):
        repeated = last if last is not None and last.result is _Result.SKIPPED and last.message == change.reason else None
        return repeated if repeated and now < repeated.due else _attempt(repeated, outcome, _Result.SKIPPED, now, _REFUSED)
    if _corrects(change, lately):
        return _attempt(lately, outcome, _Result.CORRECTED, now, _CORRECTED)
    return replace(lately, message="") if lately else None


def _attempt(last: _Attempt | None, outcome: Outcome, result: _Result, now: float, longest: float) -> _Attempt:
    change = outcome.change
    pause, times = (_FIRST, 1) if last is None else (min(last.pause * 2, longest), last.times + 1)
    message = "" if result is _Result.CORRECTED else _message(outcome)
    fight = fight_over(change, times, pause) if isinstance(change, Create | Configure) and result is _Result.CORRECTED else None
    return _Attempt(change.desired, message, result, pause, now + pause, times, fight)


def _message(outcome: Outcome) -> str:
    return outcome.error or outcome.change.reason


def _corrects(change: Change, last: _Attempt | None) -> bool:
    """last: the attempt before. While the correction of a deletion waits, the object is absent, and looks like a new one."""
    if isinstance(change, Create):
        return change.drift or (last is not None and last.result is _Result.CORRECTED)
    return isinstance(change, Configure) and (change.drift or change.taken_over)
