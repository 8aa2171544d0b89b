"""What is recorded about drift: one object of one member that another client changed or deleted, although Git did not change.

Every correction is counted, but a record must not become a commit each time: its document has the largest of 1, 3, 10, 30, 100 …
that the count has reached, and when that was (`coarse`). So a fight of a thousand corrections makes seven commits, and not a
thousand. A `sync` that was called by somebody records the exact count, because the next one knows only what is recorded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

REPORTED_ONLY = "; it stays, because its drift policy is Report"
"""What follows on the phrase of drift that is not corrected."""


@dataclass(frozen=True, slots=True)
class DriftedField:
    """A field that differs."""

    path: str
    """As it is printed, such as `spec.template.spec.containers[name="web"].image`."""
    by: tuple[str, ...] = ()
    """The managers that own it now, sorted; empty where the server names none."""


@dataclass(frozen=True, slots=True)
class DriftRecord:
    """The same drift, as long as the same manifest is applied."""

    what: str
    """The fields and who wrote them, or the deletion: a phrase (`plan/drift.py`)."""
    since: datetime
    """When it was first noticed."""
    corrected: bool = True
    """Whether it was put right each time. Otherwise it was only reported (`driftPolicy: Report`)."""
    times: int = 1
    """How often it was corrected; 1 where it is only reported. As it is recorded, at least so often."""
    last: datetime | None = None
    """When the recorded number was reached; None: at `since`."""
    until: datetime | None = None
    """Of drift that was only reported: when it was seen not to be there any more; None while it is there."""
    fields: tuple[DriftedField, ...] = ()
    """The fields, the first of them where there are many; empty where the object was deleted, where the member does not record
    who writes, and where an earlier version of the program recorded the drift."""
    recorded: int | None = None
    """The number to record where it is another one than `times`."""

    @property
    def stands(self) -> bool:
        """Whether the member still differs."""
        return not self.corrected and self.until is None

    @property
    def coarse(self) -> DriftRecord:
        """As it is recorded."""
        return self if self.recorded is None else replace(self, times=self.recorded, recorded=None)

    def again(self, now: datetime) -> DriftRecord:
        """After one more correction."""
        times, recorded = self.times + 1, self.coarse.times
        level = _level(times)
        if level > recorded:
            return replace(self, times=times, last=now, recorded=None if level == times else level)
        return replace(self, times=times, recorded=recorded)

    def exact(self, now: datetime) -> DriftRecord:
        """With the count itself to be recorded; the same record where it is."""
        return self if self.recorded is None else replace(self, last=now, recorded=None)


def _level(times: int) -> int:
    """The largest of 1, 3, 10, 30, 100 … that is not above."""
    power: int = 10 ** (len(str(times)) - 1)
    return 3 * power if times >= 3 * power else power


def next_record(
    last: DriftRecord | None, what: str, now: datetime, *, corrected: bool, fields: tuple[DriftedField, ...] = ()
) -> DriftRecord | None:
    """The record after a look at an object. last: the one before, of the same manifest. what: the drift that was found now, and
    was corrected or not; empty where there was none. fields: of this drift."""
    if not what:
        return replace(last, until=now) if last is not None and last.stands else last
    if last is None or last.what != what or last.corrected is not corrected or last.until is not None:
        return DriftRecord(what, now, corrected, fields=fields)
    return last.again(now) if corrected else last
