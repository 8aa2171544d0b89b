"""ImagePolicies as a table and as documents, and the pull request that brings newer images."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.edit.image_updates import ImagePlan, PolicyState
from reconciler.model.wording import first_few, plural
from reconciler.present.failover_page import changes
from reconciler.present.review_page.markdown import markdown_text
from reconciler.present.review_page.page import Block, Page, Section
from reconciler.present.style import Line
from reconciler.present.table import WHOLE, Column, Room, table

COLUMNS = ("POLICY", Column("IMAGE", rank=1), "PRESENT", "CHOSEN", Column("NOTE", least=20))
_SHOWN = 3


def image_lines(states: Iterable[PolicyState], room: Room = WHOLE) -> list[Line]:
    """A table with a row for each policy."""
    return table(COLUMNS, [_row(state) for state in states], room)


def _row(state: PolicyState) -> tuple[str, ...]:
    ref = state.policy.ref
    tags = [image.removeprefix(state.policy.image).lstrip(":") or image for image in state.present]
    wanted = state.wanted.removeprefix(state.policy.image).lstrip(":")
    return (
        f"{ref.namespace}/{ref.name}",
        state.policy.image,
        first_few(tags, _SHOWN) if tags else "-",
        wanted or "-",
        _note(state),
    )


def _note(state: PolicyState) -> str:
    if state.problem is not None:
        return state.problem.message
    notes = []
    if not state.present:
        notes.append("no marker names it")
    if state.refused:
        notes.append(f"taken back before: {first_few(state.refused, _SHOWN)}")
    if state.updates:
        notes.append(f"{plural(len(state.updates), 'value')} to update")
    return "; ".join(notes)


def image_documents(plan: ImagePlan) -> list[dict[str, Any]]:
    """One for each policy, sorted; the fields are in docs/output.md."""
    return [
        {
            "policy": {"namespace": state.policy.ref.namespace, "name": state.policy.ref.name},
            "image": state.policy.image,
            "present": list(state.present),
            "chosen": state.wanted or None,
            "takenBack": list(state.refused),
            "updates": [
                {
                    "file": update.marker.origin.file,
                    "line": update.marker.origin.line,
                    "from": update.marker.value,
                    "to": update.value,
                }
                for update in state.updates
            ],
            "problem": None if state.problem is None else state.problem.message,
        }
        for state in plan.states
    ]


def image_text(plan: ImagePlan, marker: str) -> str:
    """The Markdown of the pull request. marker: as the first line."""
    blocks = [
        Block("image", f"{one.marker.origin}: {one.marker.value or 'nothing'} → {one.value}", (), (), (), ())
        for one in plan.updates
    ]
    before: Mapping[str, str] = {path: plan.before[path] for path in plan.changes}
    sections = (Section("Images", tuple(blocks)), Section("The commit", tuple(changes(before, plan.changes))))
    page = Page(
        plan.message.partition("\n")[0],
        "Merge this to use the newer images.",
        (),
        sections,
        ("When it is closed, it is opened again only with something newer. A value that is taken back is not proposed again.",),
    )
    return markdown_text(page, marker=marker)
