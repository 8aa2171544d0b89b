"""Blame: one line of YAML each, with where it comes from; and what others manage in the member."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.model.wording import first_few
from reconciler.present.document import commit_document, object_document
from reconciler.present.history import UNSHALLOW, author_name
from reconciler.present.style import Line
from reconciler.present.table import WHOLE, Cell, Column, Room, table
from reconciler.review.blame import Blame, BlamedLine, ForeignField


def blame_table(blame: Blame, room: Room = WHOLE) -> list[Line]:
    return table(_COLUMNS, map(_cells, blame.lines), room)


def foreign_table(blame: Blame, room: Room = WHOLE) -> list[Line]:
    """The fields of others; none where there are none."""
    rows = [(one.manager, one.operation, one.since, one.path) for one in blame.foreign or ()]
    return table(_FOREIGN_COLUMNS, rows, room) if rows else []


def blame_remarks(blame: Blame) -> Iterator[str]:
    if not blame.as_recorded and blame.key.kind != "Secret":
        yield f"{blame.cluster} did not report this manifest as applied: it may still hold an older one."
        yield f"  `reconciler history {blame.key.kind.lower()}/{blame.key.name}` shows what it got."
    if any(line.boundary for line in blame.lines):
        yield "Commits with ^ are where this shallow clone begins: their lines may be older."
        yield f"  {UNSHALLOW}"
    lost = {line.source.origin.file for line in blame.lines if line.source.origin.line and line.commit is None}
    if lost:
        yield f"The commits of {first_few(sorted(lost), 3)} are not in this clone."


def blame_document(blame: Blame) -> dict[str, Any]:
    return {
        "object": object_document(blame.key),
        "cluster": blame.cluster,
        "revision": blame.revision.sha,
        "asRecorded": blame.as_recorded,
        "lines": [_line_document(number, line) for number, line in enumerate(blame.lines, start=1)],
        "foreign": None if blame.foreign is None else [_foreign_document(one) for one in blame.foreign],
    }


def _line_document(number: int, line: BlamedLine) -> dict[str, Any]:
    rule = line.source.rule
    return {
        "line": number,
        "text": line.text,
        "path": line.path,
        "step": line.source.step,
        "file": line.source.origin.file,
        "fileLine": line.source.origin.line,
        "commit": commit_document(line.commit) if line.commit else None,
        "boundary": line.boundary,
        "policy": str(rule.policy) if rule else "",
        "rule": rule.position if rule else None,
    }


def _foreign_document(field: ForeignField) -> dict[str, str]:
    return {"path": field.path, "manager": field.manager, "operation": field.operation, "since": field.since}


def _cells(line: BlamedLine) -> tuple[object, ...]:
    commit, source = line.commit, line.source
    by = {"template": "", "override": f"{source.rule.policy}, rule {source.rule.position}" if source.rule else ""}
    mark = "^" if line.boundary else ""
    who = (f"{mark}{commit.sha[:7]}", author_name(commit), commit.time.date().isoformat()) if commit else ("", "", "")
    place = str(source.origin)
    forms = (place, place.rpartition("/")[2]) if "/" in place else (place,)
    return (*who, Cell(forms), by.get(source.step, source.step), line.text)


_COLUMNS = (
    Column("COMMIT"),
    Column("AUTHOR", rank=2, least=8),
    Column("DATE", rank=4),
    Column("FROM"),
    Column("SET BY", rank=1, least=16),
    Column("MANIFEST", least=40),
)
_FOREIGN_COLUMNS = (Column("MANAGER"), Column("OPERATION", rank=3), Column("SINCE"), Column("FIELD", least=20))
