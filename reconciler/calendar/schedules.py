"""When a schedule of five fields, as in crontab(5), begins next or began last.

Moments are on the clocks of one place, without a time zone. Changes of the clocks in between are not seen: the offset of now
counts, as in Argo CD's sync windows.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

FIELDS = 5
MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
    "@30minutes": "*/30 * * * *",
    "@15minutes": "*/15 * * * *",
    "@10minutes": "*/10 * * * *",
    "@5minutes": "*/5 * * * *",
    "@always": "* * * * *",
}
"""Names of schedules, as Karmada accepts them in a CronFederatedHPA."""


def next_start(schedule: str, after: datetime) -> datetime:
    """The first start after a moment. Raises ScheduleError."""
    return next(_starts(schedule, after))


def last_start(schedule: str, before: datetime) -> datetime:
    """The last start before a moment. Raises ScheduleError."""
    return next(_starts(schedule, before, reverse=True))


class ScheduleError(ValueError):
    """No schedule: the message says what is wrong."""


def refuse_schedule(schedule: str) -> None:
    """Raises ScheduleError where a schedule is none, or never begins."""
    try:
        next_start(schedule, datetime(2000, 1, 1))
    except StopIteration:
        raise ScheduleError("it never begins") from None


def is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def local_time(moment: datetime, zone: str) -> datetime:
    """What the clocks of the zone show, without the zone."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def moment_of(local: datetime, zone: str) -> datetime:
    """The moment at which the clocks of the zone show that."""
    return local.replace(tzinfo=ZoneInfo(zone))


def _starts(schedule: str, moment: datetime, *, reverse: bool = False) -> CronSim:
    if len(schedule.split()) != FIELDS:
        raise ScheduleError(f"it has {len(schedule.split())} fields, and not {FIELDS}")
    try:
        return CronSim(schedule, moment, reverse=reverse)
    except CronSimError as error:
        raise ScheduleError(str(error)) from None
