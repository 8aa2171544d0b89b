"""When the next attempt is due although nothing changed: what failed may succeed, and a deadline may pass.

`ReconcilerError.temporary` decides. A temporary error (a time-out, a lock, a remote that does not answer) goes away without a
person: the next attempt comes after 1 second, then after twice as long each time, up to 2 minutes. A permanent error (a refused
push, a full disk, a damaged repository) needs a person, and quick attempts would only fill the log and load the server. But
this process does not notice that the cause is gone, and nobody should have to restart it: the attempts are therefore 2 minutes
apart from the start. A new revision is always tried at once.
"""

from __future__ import annotations

from reconciler.errors import ReconcilerError
from reconciler.passes.passes import Pass

_FIRST, _LONGEST = 1.0, 120.0
"""Seconds after the first temporary failure in a row, and at most."""
_WAITING = 5.0
"""Seconds between passes while a handover waits: its time-out does not announce itself."""
_IN_PROGRESS = 30.0
"""Seconds between passes while an object is not ready: its deadline does not announce itself, either."""
_LACKING_KINDS = 60.0
"""Seconds between passes while a member does not serve a kind: nobody tells when an operator installs it."""
_LACKING_ROOM = 60.0
"""Seconds between passes while something waits for room: Pods end without a word. A member is not looked at more often."""
_OBSERVING = 60.0
"""Seconds between passes that only compare, at least: objects of another tool are read one by one, and most are not watched."""
_READ_IN_A_SECOND = 10.0
"""Objects of another tool in one member, on average."""


def pause_after_failures(failures: int) -> float:
    """Seconds until the next attempt after so many temporary failures in a row; `failures` is at least 1."""
    return min(_FIRST * 2.0 ** min(failures - 1, 10), _LONGEST)


def pause_after_error(error: Exception, failures: int) -> float:
    """Seconds until a pass, or a commit to the status branch, that raised this error is tried again.

    failures: how many attempts in a row failed, this one included.
    """
    return pause_after_failures(failures) if isinstance(error, ReconcilerError) and error.temporary else _LONGEST


def pause_after_pass(done: Pass, failures: int) -> float | None:
    """Seconds until the next pass; None where only a change can make a difference.

    failures: how many passes in a row were `Pass.unfinished`, this one included; 0 where this one was not.
    """
    pauses = [] if done.retry_in is None else [done.retry_in]
    if done.timer_in is not None:
        pauses.append(max(done.timer_in, _FIRST))
    if failures:
        pauses.append(pause_after_failures(failures))
    if done.may_go_on and done.wrote:
        pauses.append(0.0)
    if done.waits:
        pauses.append(_WAITING)
    if done.in_progress:
        pauses.append(_IN_PROGRESS)
    if done.lacks_kinds:
        pauses.append(_LACKING_KINDS)
    if done.needs_looks:
        pauses.append(_LACKING_ROOM)
    if of_others := max((one.count + one.marks for one in (done.differences or {}).values()), default=0):
        pauses.append(max(_OBSERVING, of_others / _READ_IN_A_SECOND))
    return min(pauses, default=None)
