"""What becomes of the clusters of an inventory, as a table, as documents, and as the pull request that brings it about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from reconciler.membership.inventory.commit import message_of
from reconciler.membership.inventory.plan import InventoryPlan, MemberPlan
from reconciler.membership.inventory.planned import PlannedInventory
from reconciler.present.failover_page import changes
from reconciler.present.review_page.markdown import markdown_text
from reconciler.present.review_page.page import Block, Page, Section
from reconciler.present.style import Line
from reconciler.present.table import WHOLE, Column, Room, table

COLUMNS = ("CLUSTER", "RULE", Column("OBJECT", rank=1), "OUTCOME", Column("NOTE", least=20))


def inventory_lines(members: Iterable[MemberPlan], room: Room = WHOLE) -> list[Line]:
    """A table with a row for each member, and for each object that would be one."""
    rows = [(one.name, one.rule, one.reference, str(one.outcome), one.note) for one in members]
    return table(COLUMNS, rows, room)


def inventory_document(plan: InventoryPlan) -> dict[str, Any]:
    """The fields are in docs/output.md."""
    return {
        "members": [
            {
                "cluster": one.name,
                "rule": one.rule,
                "object": one.reference,
                "outcome": str(one.outcome),
                "note": one.note,
                "file": one.file or None,
                "sets": {} if one.changes is None else dict(sorted(one.changes.sets.items())),
                "removes": [] if one.changes is None else sorted(one.changes.removes),
            }
            for one in plan.members
        ],
        "problems": [
            {"severity": str(one.severity), "reason": one.reason, "message": one.message, "remedy": one.remedy}
            for one in plan.issues
        ],
    }


def inventory_text(planned: PlannedInventory, marker: str) -> str:
    """The Markdown of the pull request. marker: as the first line."""
    blocks = [
        Block("cluster", f"{one.name}: {one.outcome} ({one.reference}, rule {one.rule})", (), (), (), ())
        for one in planned.plan.written
    ]
    sections = (Section("Members", tuple(blocks)), Section("The commit", tuple(changes(planned.before, planned.changes))))
    page = Page(
        message_of(planned.plan).partition("\n")[0],
        "Merge this to bring the members in step with the inventory.",
        (),
        sections,
        ("A member that vanished from the inventory is cordoned. Nothing is removed from it, and its file stays.",),
    )
    return markdown_text(page, marker=marker)
