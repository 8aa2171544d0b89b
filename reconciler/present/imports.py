"""What an import comes to, as text and as a document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from reconciler.migrate.file_edits import FileEdits
from reconciler.migrate.imported import Remark
from reconciler.migrate.karmada.decisions import Move
from reconciler.migrate.karmada.import_karmada import PlannedImport
from reconciler.model.binding import TargetCluster
from reconciler.model.wording import first_few, plural

_NAMED = 5
"""How many objects or files a line names."""


def import_lines(planned: PlannedImport) -> Iterator[str]:
    """What was read and what becomes of it; the writes themselves are printed as they are made."""
    found = planned.found
    read = (
        plural(found.templates, "template"),
        plural(found.policies, "policy", "policies"),
        plural(found.clusters, "member"),
    )
    yield f"Karmada has {read[0]}, {read[1]} and {read[2]}."
    yield from file_lines(planned.files, "Karmada")
    yield from _move_lines(planned.moves)
    yield from remark_lines(found.imported.remarks)


def remark_lines(remarks: Iterable[Remark]) -> Iterator[str]:
    """Remarks that say the same of several objects are one."""
    grouped: dict[tuple[str, str, str], list[str]] = {}
    for one in remarks:
        place = f"{one.origin}: " if one.origin.file else ""
        grouped.setdefault((one.what, one.consequence, one.remedy), []).append(f"{place}{one.subject}")
    if grouped:
        yield ""
        yield "Without counterpart, or otherwise here:"
    for (what, consequence, remedy), subjects in sorted(grouped.items(), key=lambda item: item[1]):
        yield f"  {first_few(subjects, _NAMED)}"
        yield f"      {what}"
        yield f"      {consequence}"
        yield f"      {remedy}"


def file_lines(files: FileEdits, tool: str) -> Iterator[str]:
    """Files that stay as they are, and why. tool: that is imported."""
    if files.same:
        yield f"  unchanged   {plural(len(files.same), 'file')}"
    for path, other in sorted(files.declared.items()):
        yield f"  unchanged   {path}" if path == other else f"  unchanged   {other}, which declares what {path} would"
    for path in files.differing:
        hint = "holds other objects, too: edit it" if path in files.holding_more else "--overwrite replaces it"
        yield f"  left        {path} differs from what {tool} has; {hint}"


def _move_lines(moves: Sequence[Move]) -> Iterator[str]:
    if moves:
        yield ""
        yield "Placed otherwise than by Karmada (look at `reconciler explain` before the first sync):"
    for move in moves:
        yield f"  {move.key}: {_targets(move.karmada)} → {_targets(move.here)}"


def _targets(targets: Iterable[TargetCluster]) -> str:
    return ", ".join(f"{one.name}: {one.replicas}" if one.replicas else one.name for one in targets) or "nowhere"


def import_document(planned: PlannedImport) -> dict[str, Any]:
    """For `-o json` and `-o yaml` (docs/output.md)."""
    found, files = planned.found, planned.files
    return {
        "read": {"templates": found.templates, "policies": found.policies, "clusters": found.clusters},
        "files": {**files_document(files), "declaredElsewhere": dict(sorted(files.declared.items()))},
        "decisions": planned.decisions,
        "moves": [_move_document(move) for move in planned.moves],
        "remarks": [remark_document(one) for one in found.imported.remarks],
    }


def files_document(files: FileEdits) -> dict[str, Any]:
    return {
        "written": [edit.file for edit in files.edits],
        "unchanged": list(files.same),
        "differing": list(files.differing),
    }


def _move_document(move: Move) -> dict[str, Any]:
    def replicas(targets: Iterable[TargetCluster]) -> Mapping[str, int]:
        return {one.name: one.replicas for one in targets}

    return {"object": str(move.key), "karmada": replicas(move.karmada), "here": replicas(move.here)}


def remark_document(one: Remark) -> dict[str, Any]:
    return {
        "object": one.subject,
        "file": one.origin.file,
        "line": one.origin.line,
        "what": one.what,
        "consequence": one.consequence,
        "remedy": one.remedy,
    }
