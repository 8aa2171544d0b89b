"""Events of all members: one line for each cause, and one for each Event as it happens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from reconciler.model.keys import ClusterName
from reconciler.model.moments import time_text
from reconciler.model.wording import on_one_line
from reconciler.present.age import age_text
from reconciler.present.member_names import Placed, member_forms
from reconciler.present.style import Line, Span, Style
from reconciler.present.table import WHOLE, Cell, Column, Room, table
from reconciler.review.live.event_causes import Cause, FleetEvent

_COLUMNS = (
    Column("CLUSTERS", least=8, most=30),
    Column("LAST SEEN", rank=1),
    Column("TYPE"),
    Column("REASON", least=12),
    Column("COUNT", rank=2),
    Column("OBJECT", least=16, most=40, middle=True),
    Column("MESSAGE", least=24),
)


def causes_table(causes: Iterable[Cause], now: datetime, room: Room = WHOLE, *, namespaces: bool) -> list[Line]:
    """namespaces: whether to show the namespace of the objects."""
    return table(_COLUMNS, [_row(cause, now, namespaces=namespaces) for cause in causes], room)


def event_line(event: FleetEvent, *, namespaces: bool) -> Line:
    """One Event as it happens: time, member, type, reason, object and message."""
    words = [event.reason, _named(event.namespace, event.object, namespaces=namespaces)]
    times = f" (×{event.count})" if event.count > 1 else ""
    return Line(
        (
            Span(f"{time_text(event.last)} {event.cluster} "),
            Span(event.type, _role(event.type)),
            Span(on_one_line(f" {' '.join(words)}: {event.message}{times}")),
        )
    )


def events_document(causes: Sequence[Cause], unanswered: Mapping[ClusterName, str]) -> dict[str, Any]:
    """`docs/output.md`: events."""
    return {
        "items": [
            {
                "type": cause.newest.type,
                "reason": cause.newest.reason,
                "message": cause.message,
                "count": cause.count,
                "last": time_text(cause.newest.last),
                "events": [_event(event) for event in cause.events],
            }
            for cause in causes
        ],
        "unanswered": dict(unanswered),
    }


def _event(event: FleetEvent) -> dict[str, Any]:
    about = {"kind": event.kind, "namespace": event.namespace, "name": event.name}
    return {
        "cluster": event.cluster,
        "object": about,
        "message": event.message,
        "count": event.count,
        "last": time_text(event.last),
    }


def _row(cause: Cause, now: datetime, *, namespaces: bool) -> list[object]:
    newest, objects = cause.newest, cause.objects
    first = _named(newest.namespace, newest.object, namespaces=namespaces)
    more = f" and {len(objects) - 1} more" if len(objects) > 1 else ""
    return [
        Cell(member_forms([Placed(name) for name in cause.clusters])),
        age_text(now - newest.last),
        Cell((newest.type,), _role(newest.type)),
        newest.reason,
        cause.count,
        f"{first}{more}",
        cause.message,
    ]


def _named(namespace: str, name: str, *, namespaces: bool) -> str:
    return f"{namespace}/{name}" if namespaces and namespace else name


def _role(kind: str) -> Style:
    return Style.CAUTION if kind == "Warning" else Style.PLAIN
