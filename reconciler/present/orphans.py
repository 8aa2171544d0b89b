"""Objects of ours that nobody wants, as a table and as a document."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from reconciler.model.manifest import text
from reconciler.present.age import age_text
from reconciler.present.document import object_document
from reconciler.present.members import unanswered_lines
from reconciler.present.style import Line
from reconciler.present.table import WHOLE, Column, Room, table
from reconciler.review.orphans import Orphan, OrphansFound

_COLUMNS = (
    Column("CLUSTER", least=12, middle=True),
    Column("NAMESPACE", least=12, middle=True),
    Column("OBJECT", least=30, middle=True),
    Column("AGE", rank=1),
)


def orphans_table(orphans: Collection[Orphan], now: datetime, room: Room = WHOLE) -> list[Line]:
    rows = [(one.cluster, one.key.namespace, f"{one.key.qualified_kind}/{one.key.name}", _age(one, now)) for one in orphans]
    return table(_COLUMNS, rows, room)


def orphans_document(found: OrphansFound) -> dict[str, Any]:
    return {
        "orphans": [
            {"cluster": one.cluster, **object_document(one.key), "created": text(one.manifest, "metadata", "creationTimestamp")}
            for one in found.orphans
        ],
        "unanswered": dict(found.unanswered),
    }


def orphan_remarks(found: OrphansFound) -> Iterator[str]:
    if not found.orphans:
        members = "the members that answered" if found.unanswered else "the members"
        yield f"On none of {members} is an object with our marks that nobody wants."
    else:
        yield (
            "Nothing here removes them: declare them to keep them, or delete them in the member, as with"
            f" `kubectl delete {_first(found.orphans)}`."
        )
    yield from unanswered_lines(found.unanswered)


def _first(orphans: Collection[Orphan]) -> str:
    key = next(iter(orphans)).key
    where = f" -n {key.namespace}" if key.namespace else ""
    return f"{key.qualified_kind.lower()} {key.name}{where}"


def _age(orphan: Orphan, now: datetime) -> str:
    created = text(orphan.manifest, "metadata", "creationTimestamp")
    try:
        return age_text(now - datetime.fromisoformat(created)) if created else ""
    except (ValueError, TypeError):
        return ""
