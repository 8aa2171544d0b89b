"""The report of drift as a table, as Markdown and as a document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.model.moments import time_text
from reconciler.model.wording import on_one_line, plural, printable
from reconciler.present.age import age_text
from reconciler.present.document import object_document
from reconciler.present.style import Line, Style
from reconciler.present.table import WHOLE, Cell, Column, Room, table
from reconciler.review.drift_report import DriftEntry, DriftReport, MemberVerdict, Sync

_COLUMNS = (
    Column("CLUSTER"),
    Column("OBJECT", least=20),
    Column("STATE"),
    Column("TIMES"),
    Column("SINCE"),
    Column("LAST", rank=2),
    Column("WHAT", least=20),
)
_MEMBER_COLUMNS = (Column("CLUSTER"), Column("SYNC"), Column("AGE"), Column("REASON", least=20))
_STYLES = {Sync.IN_SYNC: Style.GOOD, Sync.UNKNOWN: Style.BAD, Sync.DRIFTED: Style.BAD, Sync.NOT_APPLIED: Style.BAD}
NOTHING = "No drift is recorded."


def drift_table(report: DriftReport, room: Room = WHOLE) -> list[Line]:
    """One line for each drift."""
    return table(_COLUMNS, [_cells(entry) for entry in report.entries], room)


def members_table(report: DriftReport, room: Room = WHOLE) -> list[Line]:
    """One line for each member."""
    rows = [
        (one.cluster, Cell((str(one.sync),), _STYLES[one.sync]), age_text(report.now - one.as_of), one.reason)
        for one in report.members
    ]
    return table(_MEMBER_COLUMNS, rows, room)


def drift_remarks(report: DriftReport) -> Iterator[str]:
    """How old the answer is, and what the status says about fights."""
    yield from (f"{entry.cluster}: {entry.key}: {entry.remark}" for entry in report.entries if entry.remark)
    yield f"revision {report.revision[:12]}, {_age_sentence(report)}"


def drift_markdown(report: DriftReport) -> str:
    """For a forge. What comes from members is in code spans. Ends with a line break."""
    lines = ["### Drift", "", f"Revision {_code(report.revision[:12])}, {_age_sentence(report)}.", ""]
    lines += ["| Cluster | Sync | As of | Reason |", "|---|---|---|---|"]
    lines += [f"| {_code(one.cluster)} | {one.sync} | {time_text(one.as_of)} | {_code(one.reason)} |" for one in report.members]
    if report.entries:
        lines += ["", "| Cluster | Object | State | Times | Since | What |", "|---|---|---|---|---|---|"]
        lines += [_markdown_row(entry) for entry in report.entries]
    else:
        lines += ["", NOTHING]
    return "\n".join(lines) + "\n"


def drift_document(report: DriftReport) -> dict[str, Any]:
    """`docs/output.md`, drift."""
    return {
        "revision": report.revision,
        "recorded": time_text(report.recorded),
        "ageSeconds": int(report.age.total_seconds()),
        "inSync": report.in_sync,
        "clusters": [_member_document(one) for one in report.members],
        "drift": [_document(entry) for entry in report.entries],
    }


def _age_sentence(report: DriftReport) -> str:
    count = plural(len(report.members), "cluster")
    return f"{count}, last change recorded {age_text(report.age)} ago, at {time_text(report.recorded)}"


def _cells(entry: DriftEntry) -> tuple[object, ...]:
    record = entry.record
    state = Cell((_state(entry),), Style.BAD if record.stands else Style.PLAIN)
    return entry.cluster, str(entry.key), state, _times(entry), time_text(record.since), time_text(entry.latest), entry.what


def _state(entry: DriftEntry) -> str:
    if entry.record.corrected:
        return "corrected"
    return "stands" if entry.record.stands else "ended"


def _times(entry: DriftEntry) -> str:
    return f"{entry.record.times}+" if entry.record.times > 1 else "1"


def _markdown_row(entry: DriftEntry) -> str:
    cells = (
        _code(entry.cluster),
        _code(str(entry.key)),
        _state(entry),
        _times(entry),
        time_text(entry.record.since),
        _code(entry.what),
    )
    return f"| {' | '.join(cells)} |"


def _code(text: str) -> str:
    """A code span in a cell of a table, in which a forge reads no markup and mentions nobody."""
    shown = on_one_line(printable(text)).replace("`", "ʼ").replace("|", "\\|").strip()
    return f"`{shown}`" if shown else ""


def _member_document(one: MemberVerdict) -> dict[str, Any]:
    return {"name": one.cluster, "sync": str(one.sync), "reason": one.reason, "asOf": time_text(one.as_of)}


def _document(entry: DriftEntry) -> dict[str, Any]:
    record = entry.record
    return {
        "cluster": entry.cluster,
        "object": object_document(entry.key),
        "what": entry.what,
        "fields": [{"path": one.path, "by": list(one.by)} for one in record.fields],
        "by": list(entry.writers),
        "state": _state(entry),
        "times": record.times,
        "since": time_text(record.since),
        "last": time_text(entry.latest),
        "message": entry.remark,
    }
