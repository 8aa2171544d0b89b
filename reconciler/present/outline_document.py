"""An outline as a document (`docs/output.md`: ENTRY)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from reconciler.present.document import object_document
from reconciler.present.outline import effect, entry_heading, path_text
from reconciler.review.outline.entries import (
    Creation,
    Entry,
    FieldsChange,
    Move,
    OverrideChange,
    Place,
    PolicyChange,
    Recreation,
    Removal,
    Scaling,
)


def outline_document(entries: Iterable[Entry], members: int) -> list[dict[str, Any]]:
    """members: how many there are."""
    return [_entry(entry, members) for entry in entries]


def _entry(entry: Entry, members: int) -> dict[str, Any]:
    return {
        "effect": effect(entry),
        "text": entry_heading(entry, members),
        "objects": [object_document(key) for key in entry.objects],
        "origins": [str(origin) for origin in entry.origins],
        "reason": getattr(entry, "reason", ""),
        **_details(entry),
    }


def _details(entry: Entry) -> dict[str, Any]:
    match entry:
        case Removal(clusters=clusters, left=left):
            return {"clusters": list(clusters), "left": list(left)}
        case Move(sources=sources, targets=targets):
            return {"from": list(sources), "to": _replicas(targets)}
        case Recreation(clusters=clusters, fields=fields, remedy=remedy):
            return {"clusters": list(clusters), "fields": list(fields), "remedy": remedy}
        case Scaling(before=before, after=after):
            return {"before": _replicas(before), "after": _replicas(after)}
        case PolicyChange(before=old, after=new):
            return {"before": str(old or ""), "after": str(new or "")}
        case OverrideChange(policy=policy, clusters=clusters):
            return {"policy": str(policy), "begins": entry.begins, "clusters": list(clusters)}
        case FieldsChange(where=where, parts=parts):
            return {
                "clusters": [list(one.clusters) for one in where],
                "parts": [{"path": path_text(part.path), "before": part.before, "after": part.after} for part in parts],
            }
        case Creation(targets=targets):
            return {"to": _replicas(targets)}


def _replicas(places: Sequence[Place]) -> dict[str, int | None]:
    return {place.cluster: place.replicas for place in places}
