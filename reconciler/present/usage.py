"""What nodes and Pods of all members use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.model.keys import ClusterName
from reconciler.present.style import Line
from reconciler.present.table import WHOLE, Column, Room, table
from reconciler.review.live.usage import Usage


def usage_table(usage: Usage, room: Room = WHOLE) -> list[Line]:
    columns = [Column(title, least=30 if title in ("NAME", "POD") else 12) for title in usage.columns]
    rows = [[name, *[cells.get(title, "") for title in usage.columns]] for name, cells in usage.rows]
    return table(["CLUSTER", *columns], rows, room)


def usage_document(usage: Usage, unanswered: Mapping[ClusterName, str]) -> dict[str, Any]:
    """`docs/output.md`: top."""
    items = [{"cluster": name, **{_key(title): cell for title, cell in cells.items()}} for name, cells in usage.rows]
    return {"items": items, "unanswered": dict(unanswered)}


def _key(title: str) -> str:
    """`CPU(cores)` → `cpu`, `CPU(%)` → `cpuPercent`, `NAME` → `name`."""
    word, _, unit = title.lower().partition("(")
    return f"{word}Percent" if unit == "%)" else word
