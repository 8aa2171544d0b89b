"""What happens within a time, as text and as a document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from reconciler.model.binding import TargetCluster
from reconciler.model.failover import FailoverMode
from reconciler.model.wording import first_few, plural
from reconciler.present.style import Line, Style, labelled, styled
from reconciler.review.timeline import Move, Timeline

_NAMED = 5
"""Objects that a line names before it counts the others."""

FAILOVER_REMEDY = "write spec.failover: {mode: auto} in the Configuration, or mode: propose"


def timeline_lines(timeline: Timeline) -> Iterator[Line]:
    """The mode, the moves, what stays, and a summary."""
    yield from map(styled, mode_lines(timeline.mode))
    for move in timeline.moves:
        yield styled(f"{duration_text(move.after):>8}  {_move_text(move)}")
    for key, why in timeline.waiting.items():
        yield from (labelled(str(key), Style.CAUTION, sentence) for sentence in why)
    if timeline.staying:
        names = first_few(list(timeline.staying), _NAMED)
        yield styled(
            f"{plural(len(timeline.staying), 'object')} {'is' if len(timeline.staying) == 1 else 'are'} not evicted: {names}"
        )
    for name in timeline.untainted:
        yield styled(
            f"{name} gets no NoExecute taint in this time, so nothing is evicted from it. A ClusterTaintPolicy adds one where a "
            "member is not Ready."
        )
    yield styled(timeline_summary(timeline))


def mode_lines(mode: FailoverMode) -> Iterator[str]:
    """What becomes of the moves in this mode; nothing where they happen as they are shown."""
    if mode is FailoverMode.OFF:
        yield (
            f"spec.failover is off in the Configuration, so nothing is evicted. To have objects moved, {FAILOVER_REMEDY}. "
            "With mode: auto, this would happen:"
        )
    elif mode is FailoverMode.PROPOSE:
        yield "spec.failover.mode is propose: each move waits until somebody merges it. Merged at once, this would happen:"


def timeline_summary(timeline: Timeline) -> str:
    """`2 objects move within 20m; 1 object waits.`"""
    moved = {move.key for move in timeline.moves}
    waits = f"; {plural(len(timeline.waiting), 'object')} {'waits' if len(timeline.waiting) == 1 else 'wait'}"
    moves = f"{plural(len(moved), 'object')} {'moves' if len(moved) == 1 else 'move'}" if moved else "Nothing moves"
    return f"{moves} within {duration_text(timeline.duration)}{waits if timeline.waiting else ''}."


def timeline_document(timeline: Timeline) -> dict[str, Any]:
    return {
        "seconds": int(timeline.duration.total_seconds()),
        "mode": timeline.mode.value,
        "moves": [
            {
                "after": int(move.after.total_seconds()),
                "object": str(move.key),
                "from": move.task.from_cluster,
                "before": _targets_document(move.before),
                "to": _targets_document(move.targets),
                "reason": move.task.reason,
                "message": move.task.message,
            }
            for move in timeline.moves
        ],
        "waiting": [{"object": str(key), "waits": list(why)} for key, why in timeline.waiting.items()],
        "staying": [{"object": str(key), "clusters": list(names)} for key, names in timeline.staying.items()],
        "untainted": list(timeline.untainted),
    }


def duration_text(length: timedelta) -> str:
    """`0s`, `1m30s`, `20m`, `1h30m`: without the units that are 0."""
    seconds = int(length.total_seconds())
    hours, minutes, rest = seconds // 3600, seconds % 3600 // 60, seconds % 60
    return "".join(f"{count}{unit}" for count, unit in ((hours, "h"), (minutes, "m"), (rest, "s")) if count) or "0s"


def _move_text(move: Move) -> str:
    return f"{move.key} leaves {move.task.from_cluster} ({move.task.message}): {_where(move.before)} → {_where(move.targets)}"


def _where(targets: Iterable[TargetCluster]) -> str:
    return ", ".join(f"{one.name}:{one.replicas}" if one.replicas else one.name for one in targets) or "nowhere"


def _targets_document(targets: Iterable[TargetCluster]) -> list[dict[str, Any]]:
    return [{"cluster": one.name, "replicas": one.replicas} for one in targets]
