"""Windows of time that can never open, or are named twice: in a Configuration alone."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.calendar.schedules import ScheduleError, is_time_zone, refuse_schedule
from reconciler.load.duration import parse_duration
from reconciler.load.schemas.explain_violations import Violation
from reconciler.model.issues import Severity
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest, Path, get, sequence, text


def find_window_mistakes(document: Manifest, gvk: GroupVersionKind) -> list[Violation]:
    """Empty for other kinds than Configuration."""
    if (gvk.group, gvk.kind) != ("reconciler.dev", "Configuration"):
        return []
    names: set[str] = set()
    found: list[Violation] = []
    for index, window in enumerate(sequence(document, "spec", "windows")):
        path: Path = ("spec", "windows", index)
        found += _of_window(window, path)
        name = text(window, "name")
        if name in names:
            message, remedy = f"there are two windows with the name {name}", "Give each window a name of its own."
            found.append(Violation((*path, "name"), Severity.ERROR, "DuplicateWindow", message, remedy))
        names.add(name)
    return found


def _of_window(window: Manifest, path: Path) -> Iterator[Violation]:
    name = text(window, "name")
    try:
        refuse_schedule(text(window, "schedule"))
    except ScheduleError as error:
        remedy = "Write minute, hour, day of the month, month and day of the week, as in 0 22 * * 1-5."
        message = f"the schedule of window {name} is none: {error}"
        yield Violation((*path, "schedule"), Severity.ERROR, "InvalidSchedule", message, remedy)
    zone = text(window, "timeZone")
    if zone and not is_time_zone(zone):
        remedy = "Write a name of the IANA database, such as Europe/Berlin or UTC."
        message = f"window {name} has the time zone {zone}, which does not exist"
        yield Violation((*path, "timeZone"), Severity.ERROR, "UnknownTimeZone", message, remedy)
    duration = parse_duration(get(window, "duration"))
    if duration is not None and not duration:
        message = f"window {name} has no duration, so that it is never open"
        yield Violation((*path, "duration"), Severity.ERROR, "NeverOpen", message, "Write a duration such as 8h.")
