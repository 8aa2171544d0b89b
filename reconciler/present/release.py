"""What `release --all` gives back, as lines and as a document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.model.keys import ClusterName
from reconciler.model.settings import Mode
from reconciler.model.wording import first_few, plural
from reconciler.passes.release import Releases
from reconciler.present.causes import by_cause
from reconciler.present.document import object_document
from reconciler.present.members import unanswered_lines
from reconciler.present.style import Line, Style, labelled
from reconciler.present.table import WHOLE, Column, Room, table

_COLUMNS = (Column("CLUSTER", least=12, middle=True), Column("NAMESPACE", least=12, middle=True), Column("OBJECT", least=30))
_NAMED = 5
"""Objects of a line that are named; the others are counted."""


def planned_table(found: Releases, room: Room = WHOLE) -> list[Line]:
    """Each object that would be released."""
    keys = [(name, change.key) for name, plan in found.plans.items() for change in plan.writes]
    return table(_COLUMNS, [(name, key.namespace, f"{key.qualified_kind}/{key.name}") for name, key in keys], room)


def release_lines(found: Releases) -> Iterator[str]:
    """One line for each member that answered."""
    for name, plan in found.plans.items():
        done = sum(outcome.done for outcome in found.outcomes.get(name, ()))
        yield f"{name}: {plural(done, 'object')} released" if plan.writes else f"{name}: nothing there is ours"


def release_remarks(found: Releases, mode: Mode, *, dry_run: bool) -> Iterator[Line | str]:
    """What was not released, and what a later sync would do. mode: of HEAD."""
    for (name, outcome), *others in by_cause(found.failed, lambda one: (one[0], one[1].error)):
        names = first_few([outcome.change.key, *(other.change.key for _, other in others)], _NAMED)
        yield labelled("failed", Style.BAD, f"release {names} on {name}: {outcome.error}")
    yield from unanswered_lines(found.unanswered)
    for file in found.unread:
        yield f"{file}: cannot be read. A member that it declares was not asked; `reconciler validate` says what is wrong."
    if dry_run:
        yield "dry run: nothing was written"
    elif not found.is_complete:
        yield "Run the command again to release the rest: what is released stays so."
    if mode is Mode.APPLY:
        yield (
            "HEAD says mode: Apply: the next sync, or a `run` that goes on, takes back what conflictResolution: Overwrite or"
            " spec.adopt takes over. Commit spec.mode: Observe first."
        )


def release_document(found: Releases) -> dict[str, Any]:
    return {
        "clusters": {name: {"objects": _objects(found, name)} for name in found.plans},
        "unanswered": dict(found.unanswered),
        "unreadFiles": list(found.unread),
    }


def _objects(found: Releases, name: ClusterName) -> list[dict[str, Any]]:
    errors = {outcome.change.key: outcome.error for outcome in found.outcomes.get(name, ())}
    return [
        {
            **object_document(change.key),
            "released": change.key in errors and not errors[change.key],
            "error": errors.get(change.key, ""),
        }
        for change in found.plans[name].writes
    ]
