"""The kinds that members serve."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from reconciler.model.keys import ClusterName
from reconciler.present.member_names import Placed, member_forms
from reconciler.present.style import Line
from reconciler.present.table import WHOLE, Cell, Column, Room, table
from reconciler.review.live.served_kinds import FleetKinds, ServedKind

_COLUMNS = (
    Column("NAME", least=20),
    Column("SHORTNAMES", rank=2),
    Column("APIVERSION", least=16),
    Column("NAMESPACED", rank=1),
    Column("KIND", least=16),
    Column("CLUSTERS", least=8),
    Column("VERBS", wide=True),
)


def kinds_table(found: FleetKinds, kinds: Iterable[ServedKind], room: Room = WHOLE) -> list[Line]:
    """kinds: those to show. The last column says `all` where every member that answered serves the kind."""
    return table(_COLUMNS, [_row(kind, found.answered) for kind in kinds], room)


def kinds_document(found: FleetKinds, kinds: Iterable[ServedKind]) -> dict[str, Any]:
    """`docs/output.md`: api-resources."""
    return {
        "items": [
            {
                "name": kind.plural,
                "shortNames": list(kind.short_names),
                "apiVersion": kind.gvk.api_version,
                "kind": kind.gvk.kind,
                "namespaced": kind.namespaced,
                "verbs": list(kind.verbs),
                "clusters": list(kind.clusters),
            }
            for kind in kinds
        ],
        "answered": list(found.answered),
        "unanswered": dict(found.unanswered),
    }


def _row(kind: ServedKind, answered: tuple[ClusterName, ...]) -> list[object]:
    where = Cell(("all",)) if kind.clusters == answered else Cell(member_forms([Placed(name) for name in kind.clusters]))
    return [
        kind.plural,
        ",".join(kind.short_names),
        kind.gvk.api_version,
        str(kind.namespaced).lower(),
        kind.gvk.kind,
        where,
        ",".join(kind.verbs),
    ]
