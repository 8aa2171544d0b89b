"""Histories: the recorded states of an object, or of all objects by revision, as tables and documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from reconciler.model.health import worst
from reconciler.model.moments import time_text
from reconciler.model.wording import first_few, plural
from reconciler.present.document import commit_document, object_document
from reconciler.present.member_names import Placed, member_forms
from reconciler.present.rollup import object_row
from reconciler.present.style import Line, Style
from reconciler.present.table import WHOLE, Cell, Column, Room, table
from reconciler.record.object_history import ObjectHistory, ObjectState
from reconciler.repo.revision import Commit
from reconciler.review.history import Cause, Entry, RevisionEntry
from reconciler.review.object_changes import Change, ChangeKind

_SHORT = 7
"""Digits of a commit in a table."""


def history_table(entries: Iterable[Entry], clusters: Sequence[str] = (), room: Room = WHOLE) -> list[Line]:
    """One line for each recorded state, newest first. clusters: the members to count; none for all."""
    rows = [
        (time_text(one.state.commit.time), *_cause_cells(one.cause), _changes_cell(one), *_result(one.state, clusters),
         one.state.commit.sha[:_SHORT])
        for one in entries
    ]  # fmt: skip
    return table(_COLUMNS, rows, room)


def revisions_table(entries: Iterable[RevisionEntry], room: Room = WHOLE) -> list[Line]:
    """One line for each revision that was recorded, newest first."""
    rows = [
        (
            time_text(one.began),
            one.revision[:_SHORT],
            author_name(one.commit) if one.commit else "",
            one.commit.subject if one.commit else _NOT_HERE,
            _counted(one),
            Cell((f"{len(one.problems)} not well",), Style.BAD) if one.problems else Cell(("well",), Style.GOOD),
            first_few([f"{key}: {problem}" for key, problem in one.problems.items()], 1),
        )
        for one in entries
    ]
    return table(_REVISION_COLUMNS, rows, room)


def history_remarks(history: ObjectHistory, entries: Sequence[Entry]) -> Iterator[str]:
    """What the table does not say: that the clone lacks something, or that a state could not be read."""
    yield from (f"A state is left out: {reason}" for reason in history.unreadable)
    if history.cut_off:
        yield f"{history.key}: older states are not in this clone, which is shallow."
        yield f"  {UNSHALLOW}"
    missing = {one.cause.missing[:12] for one in entries if one.cause.missing}
    if missing:
        yield f"Not in this clone: {first_few(sorted(missing), 3)}. It is shallow, or the branch was rewritten."
        yield f"  {UNSHALLOW} Commits that nobody has any more stay unknown."


UNSHALLOW = "Fetch the whole history: git fetch --unshallow, or fetch-depth: 0 in the checkout step of the CI."


def history_document(history: ObjectHistory, entries: Iterable[Entry], clusters: Sequence[str] = ()) -> dict[str, Any]:
    """entries: newest first."""
    return {
        "object": object_document(history.key),
        "revision": history.revision,
        "shallow": history.cut_off,
        "unreadable": list(history.unreadable),
        "states": [_entry_document(one, clusters) for one in entries],
    }


def revisions_document(entries: Iterable[RevisionEntry]) -> dict[str, Any]:
    return {
        "revisions": [
            {
                "revision": one.revision,
                "commit": commit_document(one.commit) if one.commit else None,
                "began": time_text(one.began),
                "ended": time_text(one.ended),
                "states": list(one.states),
                "objects": [
                    {"object": object_document(key), "changes": [change_document(change) for change in changes]}
                    for key, changes in one.objects.items()
                ],
                "notWell": [
                    {"object": object_document(key), "message": problem} for key, problem in one.problems.items()
                ],
            }
            for one in entries
        ]
    }  # fmt: skip


def _entry_document(entry: Entry, clusters: Sequence[str]) -> dict[str, Any]:
    return {
        **state_document(entry.state, clusters),
        "commits": [commit_document(one) for one in entry.cause.commits],
        "missing": entry.cause.missing,
        "backFrom": entry.cause.back_from,
        "changes": [change_document(one) for one in entry.changes],
    }


def state_document(state: ObjectState, clusters: Sequence[str] = ()) -> dict[str, Any]:
    """A recorded state without what came before it. clusters: the members to count; none for all."""
    decision, report = state.facts.decision, state.facts.report
    names = sorted(name for name in (decision.holders(report) if decision else ()) if not clusters or name in clusters)
    statuses = [one for one in report.statuses if one.cluster in names]
    return {
        "state": state.commit.sha,
        "time": time_text(state.commit.time),
        "revision": state.revision,
        "clusters": [
            {"name": one, "replicas": decision.replicas_on(one) if decision else None} for one in names
        ],
        "applied": sum(one.applied for one in statuses),
        "health": str(worst(one.health for one in statuses).status) if statuses else "Unknown",
        "message": "; ".join(dict.fromkeys(one.problem for one in statuses if one.problem)),
    }  # fmt: skip


def change_document(change: Change) -> dict[str, Any]:
    return {
        "change": str(change.kind),
        "clusters": list(change.clusters),
        "from": list(change.source),
        "before": change.before,
        "after": change.after,
        "message": change.message,
    }


def change_text(change: Change, *, short: bool = False) -> str:
    """`moved member1 → member2:3`, `changed on member1`. short: many members as a range or a number."""
    counted = change.kind in (ChangeKind.PLACED, ChangeKind.MOVED) and change.after
    names = members_text(change.clusters, int(change.after) if counted else None, short=short)
    where = f" on {names}" if names else ""
    reason = f": {change.message}" if change.message else ""
    match change.kind:
        case ChangeKind.MOVED:
            return f"moved {members_text(change.source, short=short)} → {names}"
        case ChangeKind.SCALED:
            return f"scaled{where}: {change.before or '-'} → {change.after or '-'}"
        case ChangeKind.LEAVING:
            return f"leaves {names} when its successor is ready"
        case ChangeKind.EVICTED:
            return f"evicted from {names}{reason}"
        case ChangeKind.RETURNING:
            return f"returns to {names}{reason}"
        case ChangeKind.REMOVED:
            return f"removed from {names}"
        case ChangeKind.POLICY:
            return f"claimed by {change.after}" if change.after else f"claimed by nobody, before by {change.before}"
        case ChangeKind.OVERRIDES:
            return f"overridden by {change.after}" if change.after else "not overridden any more"
        case ChangeKind.FILE:
            return f"declared in {change.after}, before in {change.before}"
        case ChangeKind.HEALTH:
            return f"{f'{change.before} → ' if change.before else ''}{change.after}{where}{reason}"
        case _:
            return f"{_WORDS.get(change.kind, str(change.kind))}{where}{reason}"


def author_name(commit: Commit) -> str:
    """Without the address."""
    return commit.author.rpartition(" <")[0] or commit.author


def members_text(names: Sequence[str], replicas: int | None = None, *, short: bool = False) -> str:
    """A few names in full; many as ranges, or where these are too long as a number, which JSON does not do."""
    forms = member_forms([Placed(name, replicas) for name in names])
    if short:
        return forms[-2 if len(forms) > 2 else 0]
    whole = forms[0].replace(",", ", ")
    return whole if len(names) <= _FEW else next((form for form in forms if len(form) <= _LONG), forms[-1])


_FEW = 3
"""Members that are always named in full."""
_LONG = 60
"""Characters of the names of more members."""


def _cause_cells(cause: Cause) -> tuple[str, str, str]:
    """Commit, author, subject."""
    if not cause.commits:
        return cause.revision[:_SHORT], "", _NOT_HERE if cause.missing else "(no commit)"
    first, *others = cause.commits
    back = f" (back from {cause.back_from[:_SHORT]})" if cause.back_from else ""
    more = f" (and {plural(len(others), 'more commit')})" if others else ""
    return first.sha[:_SHORT], author_name(first), f"{first.subject}{more}{back}"


def _changes_cell(entry: Entry) -> Cell:
    told = [one for one in entry.changes if not _goes_without_saying(one)] or list(entry.changes)
    return Cell(tuple("; ".join(change_text(one, short=short) for one in told) for short in (False, True)))


def _goes_without_saying(change: Change) -> bool:
    """A new copy of which the result says the health."""
    return change.kind is ChangeKind.HEALTH and not change.before and not change.message


def _result(state: ObjectState, clusters: Sequence[str]) -> tuple[object, object]:
    """On how many members it is applied, and its health."""
    decision, report = state.facts.decision, state.facts.report
    if decision is None:
        return "", "gone"
    row = object_row(decision.binding.key, decision, report, clusters)
    is_reported = any(one.cluster in row.clusters for one in report.statuses)
    return f"{row.applied}/{len(row.clusters)}", row.health_cell if is_reported else "-"


def _counted(entry: RevisionEntry) -> str:
    """`12 placed, 3 changed on m1..m3`: each object counts once for each kind of change, and for its health only where nothing
    else changed."""
    nouns = Counter(noun for changes in entry.objects.values() for noun in sorted({*map(_noun, _told(changes))}))
    order = [_noun(Change(kind, after=after)) for kind in ChangeKind for after in ("any", "")]
    words = ", ".join(f"{nouns[noun]} {noun}{_why(noun, entry)}" for noun in dict.fromkeys(order) if noun in nouns)
    names = sorted({name for changes in entry.objects.values() for one in changes for name in (*one.clusters, *one.source)})
    return f"{words} on {members_text(names)}" if names else words


def _why(noun: str, entry: RevisionEntry) -> str:
    """What waits for what, where all that waits has the same reason."""
    told = (one for changes in entry.objects.values() for one in _told(changes))
    reasons = {one.message.partition("; ")[0] for one in told if one.kind is ChangeKind.WAITS}
    return f" ({reasons.pop()})" if noun == _NOUNS[ChangeKind.WAITS] and len(reasons) == 1 else ""


def _noun(change: Change) -> str:
    if change.kind is ChangeKind.POLICY and not change.after:
        return "not claimed any more"
    if change.kind is ChangeKind.OVERRIDES and not change.after:
        return "not overridden any more"
    return _NOUNS.get(change.kind, str(change.kind))


def _told(changes: Iterable[Change]) -> list[Change]:
    """Without what the others say: another number of replicas is another manifest, what nobody claims stays as it is."""
    changes = list(changes)
    scaled = {name for one in changes if one.kind is ChangeKind.SCALED for name in one.clusters}
    given_up = any(one.kind is ChangeKind.POLICY and not one.after for one in changes)
    told = [
        one
        for one in changes
        if not (one.kind is ChangeKind.CHANGED and scaled.issuperset(one.clusters))
        and not (one.kind is ChangeKind.WAITS and given_up and not one.clusters)
    ]
    return [one for one in told if one.kind is not ChangeKind.HEALTH] or told


_NOT_HERE = "(not in this clone)"
_WORDS = {ChangeKind.NOT_APPLIED: "not applied", ChangeKind.CORRECTED: "drift corrected", ChangeKind.DRIFTED: "drifted"}
_NOUNS = {
    **_WORDS,
    ChangeKind.CORRECTED: "corrected",
    ChangeKind.POLICY: "claimed anew",
    ChangeKind.OVERRIDES: "overridden anew",
    ChangeKind.FILE: "in another file",
    ChangeKind.WAITS: "waiting",
    ChangeKind.HEALTH: "with another health",
}
_COLUMNS = (
    Column("WHEN"),
    Column("COMMIT"),
    Column("AUTHOR", rank=3, least=8),
    Column("SUBJECT", rank=2, least=16),
    Column("CHANGES", least=30),
    Column("APPLIED", rank=4),
    Column("HEALTH"),
    Column("STATE", wide=True),
)
_REVISION_COLUMNS = (
    Column("WHEN"),
    Column("REVISION"),
    Column("AUTHOR", rank=3, least=8),
    Column("SUBJECT", rank=2, least=16),
    Column("CHANGES", least=30),
    Column("RESULT"),
    Column("FIRST PROBLEM", rank=4, least=14),
)
