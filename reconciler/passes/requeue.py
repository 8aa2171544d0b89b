"""When to look again although nobody told of a change: what failed may succeed, what waits may be due."""

from __future__ import annotations

from reconciler.passes.passes import Pass

_FAILED = (1.0, 120.0)
"""Seconds after the first pass in a row in which something failed, and at most."""
_WAITING = 5.0
"""Seconds between passes while a handover waits: it may run into its time-out, which nobody reports."""
_ON_ITS_WAY = 30.0
"""Seconds between passes while an object is on its way: its deadline may pass without a word, too."""


def failed(done: Pass) -> bool:
    """Whether some member could not be looked at, or some change could not be made."""
    return bool(done.unreadable) or any(not outcome.done for outcomes in done.outcomes.values() for outcome in outcomes)


def pause_after(done: Pass, failures: int) -> float | None:
    """Seconds until the next pass; None where only a change can make a difference.

    failures: how many passes in a row, this one included, had something fail.
    """
    pauses = []
    if failures:
        first, longest = _FAILED
        pauses.append(min(first * 2 ** min(failures - 1, 10), longest))
    if any(course.step.waits_for for course in done.compiled.courses.values()):
        pauses.append(_WAITING)
    if done.goes_on:
        pauses.append(_ON_ITS_WAY)
    return min(pauses, default=None)
