"""Where the workloads run, as a grid: workloads down, members across, and how many replicas are there.

A large fleet is folded: a tile adds up the replicas of several workloads on several members, and has the tone of the worst copy.
What has no replicas (ConfigMaps, Services, DaemonSets) is added up in the last row, as a number of objects.

A commit of the status branch must cost what has changed. So the part of each object is remembered, and the sum of each row: one
object that changes makes its own part, and the sum of one row, anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.model.health import NOT_OBSERVED, HealthStatus
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.recorded import ClusterStatus, ObjectReport, RecordedDecision, RecordedState
from reconciler.model.wording import plural
from reconciler.pictures.folding import Group, folded, member_stem
from reconciler.pictures.grid import Column, Grid, Row, Tile
from reconciler.pictures.svg import Tone, counted

TITLE = "Where the workloads run"
COLUMNS, ROWS = 12, 24
"""What a drawing has room for on the page of a forge; they bound its size, too, and what a commit costs."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one object, or several, come to in one column."""

    number: int
    """Of replicas, or of objects without replicas."""
    tone: Tone


Parts = tuple[Part | None, ...]
"""For each column; None where nothing is."""


@dataclass(frozen=True, slots=True)
class _Columns:
    groups: tuple[Group[ClusterName], ...]
    at: Mapping[ClusterName, int] = field(default_factory=dict)
    """Where each member is."""


def placement_map(state: RecordedState, memo: Memo | None = None) -> Grid | None:
    """None where nothing is placed. memo: keeps what did not change."""
    memo = memo or Memo()
    columns = memo(_columns, memo.tuple(sorted(state.clusters)))
    keys = memo(_sorted, memo.tuple(state.decisions))
    facts = [state.decisions[key] for key in keys], [state.report_of(key) for key in keys]
    parts = memo.each(_known_parts, facts, columns, memo=memo)
    workloads = {key: part for key, part in zip(keys, parts, strict=True) if state.decisions[key].binding.workload}
    others = [part for key, part in zip(keys, parts, strict=True) if key not in workloads and any(part)]
    rows = list(_rows(workloads, len(columns.groups), memo))
    if others:
        blocks = [memo(_sum, block, len(columns.groups)) for block in memo.blocks(others)]
        label = plural(len(others), "object without replicas", "objects without replicas")
        rows.append(memo(_row, label, _sum(blocks, len(columns.groups))))
    return _grid(state, columns, workloads, rows) if rows and columns.groups else None


def tone_of(status: ClusterStatus, *, suspended: bool = False) -> Tone:
    """The tone of a copy. suspended: that it is not applied is as somebody wants it."""
    if status.health.reason == NOT_OBSERVED:
        return Tone.UNKNOWN
    tone = _TONES[status.health.status]
    return tone if status.applied or suspended else max(tone, Tone.MOVING)


_TONES = {
    HealthStatus.CURRENT: Tone.WELL,
    HealthStatus.UNKNOWN: Tone.UNKNOWN,
    HealthStatus.IN_PROGRESS: Tone.MOVING,
    HealthStatus.TERMINATING: Tone.MOVING,
    HealthStatus.NOT_FOUND: Tone.FAILING,
    HealthStatus.FAILED: Tone.FAILING,
}


def _grid(state: RecordedState, columns: _Columns, workloads: Mapping[ResourceKey, Parts], rows: Sequence[Row]) -> Grid:
    is_folded = len(workloads) > ROWS or len(state.clusters) > COLUMNS
    heads = [Column(one.label, any(not state.clusters[name].ready for name in one.members)) for one in columns.groups]
    shown, members = plural(len(workloads), "workload"), plural(len(state.clusters), "member")
    said = f"{shown} on {members}, with the replicas on each"
    return Grid(TITLE, said, tuple(heads), tuple(rows), _LEGEND, _FOLDED if is_folded else "")


_LEGEND = (
    (Tone.WELL, "Current"),
    (Tone.MOVING, "in progress or not applied"),
    (Tone.FAILING, "failed"),
    (Tone.UNKNOWN, "not known"),
)
_FOLDED = "Folded: +62 stands for the 62 that follow, * for all with this beginning. A tile adds up, and shows the worst copy."


def _sorted(keys: Sequence[ResourceKey]) -> list[ResourceKey]:
    return sorted(keys, key=lambda key: (key.namespace, key.name, key.kind, key.group))


def _columns(names: Sequence[ClusterName]) -> _Columns:
    groups = folded(names, COLUMNS, member_stem)
    return _Columns(groups, {name: at for at, group in enumerate(groups) for name in group.members})


def _rows(workloads: Mapping[ResourceKey, Parts], width: int, memo: Memo) -> Iterable[Row]:
    for group in folded(list(workloads), ROWS, lambda key: f"{key.namespace}/", workload_label):
        yield memo(_folded_row, group.label, memo.tuple(workloads[key] for key in group.members), width)


def workload_label(key: ResourceKey) -> str:
    """`shop/web`, `shop/db (StatefulSet)`: most workloads are Deployments."""
    return key.namespaced_name if key.kind == "Deployment" else f"{key.namespaced_name} ({key.kind})"


def _folded_row(label: str, parts: Sequence[Parts], width: int) -> Row:
    return _row(label, parts[0] if len(parts) == 1 else _sum(parts, width))


def _row(label: str, parts: Parts) -> Row:
    return Row(label, tuple(None if part is None else Tile(counted(part.number), part.tone) for part in parts))


def _sum(several: Iterable[Parts], width: int) -> Parts:
    numbers, tones = [0] * width, [Tone.PLAIN] * width
    for parts in several:
        for at, part in enumerate(parts):
            if part is not None:
                numbers[at] += part.number
                tones[at] = max(tones[at], part.tone)
    return tuple(Part(number, tone) if tone else None for number, tone in zip(numbers, tones, strict=True))


def _known_parts(decision: RecordedDecision, report: ObjectReport, columns: _Columns, *, memo: Memo) -> Parts:
    return memo(_parts, decision, report, columns)


def _tones(decision: RecordedDecision, report: ObjectReport) -> dict[ClusterName, Tone]:
    """Of each copy that was reported. Most copies of a large fleet say the same."""
    found: dict[ClusterName, Tone] = {}
    for status, names in report.groups:
        found |= dict.fromkeys(names, tone_of(status))
        for name in names if decision.suspension else ():
            found[name] = tone_of(status, suspended=decision.suspension.covers(name))
    return found


def _parts(decision: RecordedDecision, report: ObjectReport, columns: _Columns) -> Parts:
    tones = _tones(decision, report)
    replicas = {target.name: target.replicas for target in decision.binding.targets} if decision.binding.workload else None
    found: list[Part | None] = [None] * len(columns.groups)
    for name in decision.cluster_names:
        at = columns.at.get(name)
        if at is None:  # Not declared any more.
            continue
        count = 1 if replicas is None else decision.overridden.get(name, replicas.get(name, 0))
        tone = tones.get(name, Tone.UNKNOWN)
        before = found[at]
        found[at] = Part(count, tone) if before is None else Part(before.number + count, max(before.tone, tone))
    return tuple(found)
