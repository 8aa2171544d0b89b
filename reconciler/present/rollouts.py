"""Rollouts as they are recorded: for `rollout status`, and the line about them in `status`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reconciler.model.keys import ClusterName
from reconciler.model.moments import time_text
from reconciler.model.recorded import RecordedState
from reconciler.model.rollout import RecordedRollout, RolloutPhase
from reconciler.present.age import age_text
from reconciler.present.document import object_document
from reconciler.present.member_names import Placed, member_forms
from reconciler.present.style import Line, Span, Style
from reconciler.present.table import WHOLE, Cell, Column, Room, table

_DIGITS = 10
"""Of a revision."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Who paused a rollout."""

    reason: str
    by: str = ""
    """`Name <email>`; empty where the history does not tell."""
    commit: str = ""


@dataclass(frozen=True, slots=True)
class ShownRollout:
    rollout: RecordedRollout
    pause: Pause | None = None
    """None: it is not paused."""
    not_ready: frozenset[ClusterName] = frozenset()
    """The members that are not Ready."""


@dataclass(frozen=True, slots=True)
class ClusterState:
    """How far one cluster is."""

    word: str
    """waits, under way, Current, failed; kept where a rollout ended that never reached it."""
    since: datetime | None = None
    message: str = ""


def cluster_state(shown: ShownRollout, name: ClusterName) -> ClusterState:
    one = shown.rollout.progress.get(name)
    if one is None:
        if shown.rollout.phase is RolloutPhase.REVERTED:
            return ClusterState("kept", None, "never had the change")
        away = "not Ready; has its turn when it is back" if name in shown.not_ready else ""
        return ClusterState("waits", None, away)
    if one.failed:
        return ClusterState("failed", one.ended, one.failed)
    return ClusterState("under way", one.released) if one.ended is None else ClusterState("Current", one.ended)


def rollout_lines(rollouts: Iterable[ShownRollout], now: datetime, room: Room = WHOLE) -> Iterator[Line]:
    """For each rollout a heading, what it waits for, and a row for the clusters of a group that are equally far."""
    for number, shown in enumerate(rollouts):
        if number:
            yield Line(())
        one = shown.rollout
        begun = f"{_VERBS[one.phase]}, begun {age_text(now - one.started)} ago"
        heading = Span(f"Rollout of {one.target[:_DIGITS]}", Style.HEADING)
        yield Line((heading, Span(f" ({one.name}): "), Span(one.phase.value, _STYLES[one.phase]), Span(f", {begun}")))
        yield from (Line((Span(f"  {text}"),)) for text in _remarks(shown))
        yield from (Line((Span("  "), *line.spans)) for line in _table(shown, now, room))


_VERBS = {
    RolloutPhase.PROGRESSING: "under way",
    RolloutPhase.FAILED: "stopped",
    RolloutPhase.COMPLETED: "at its end",
    RolloutPhase.REVERTED: "taken back",
}
_STYLES = {
    RolloutPhase.PROGRESSING: Style.PLAIN,
    RolloutPhase.FAILED: Style.BAD,
    RolloutPhase.COMPLETED: Style.GOOD,
    RolloutPhase.REVERTED: Style.PLAIN,
}


def _remarks(shown: ShownRollout) -> Iterator[str]:
    one = shown.rollout
    if shown.pause is not None and one.phase.is_active:
        yield pause_text(shown.pause)
    if one.message and not (shown.pause is not None and one.message.startswith("paused")):
        yield one.message
    if one.queued:
        yield f"{one.queued[:_DIGITS]} waits until it has ended"


def pause_text(pause: Pause) -> str:
    """`paused by Ann <ann@example.org> in 1234567890: reason`."""
    by = f" by {pause.by} in {pause.commit[:_DIGITS]}" if pause.by else ""
    return f"paused{by}{f': {pause.reason}' if pause.reason else ''}"


def _table(shown: ShownRollout, now: datetime, room: Room) -> list[Line]:
    rows = []
    for group in shown.rollout.groups:
        by_state: dict[ClusterState, list[ClusterName]] = {}
        for name in group.clusters:
            by_state.setdefault(cluster_state(shown, name), []).append(name)
        for place, (state, names) in enumerate(by_state.items()):
            since = age_text(now - state.since) if state.since is not None else ""
            clusters = Cell(member_forms([Placed(name) for name in names]))
            style = Style.BAD if state.word == "failed" else Style.PLAIN
            rows.append(("" if place else group.name, clusters, Cell((state.word,), style), since, state.message))
    space = Room(None if room.width is None else max(room.width - 2, 1), room.wide)
    return table((Column("GROUP"), Column("CLUSTERS", 0, 8), "STATE", Column("SINCE", 2), Column("MESSAGE", 1, 20)), rows, space)


def rollouts_document(rollouts: Iterable[ShownRollout]) -> list[dict[str, Any]]:
    return [_document(shown) for shown in rollouts]


def _document(shown: ShownRollout) -> dict[str, Any]:
    one, pause = shown.rollout, shown.pause
    return {
        "name": one.name,
        "revision": one.target,
        "base": one.base,
        "phase": one.phase.value,
        "started": time_text(one.started),
        "message": one.message,
        "paused": None if pause is None else {"reason": pause.reason, "by": pause.by, "commit": pause.commit},
        "queued": one.queued,
        "windows": list(one.windows),
        "groups": [
            {"name": group.name, "clusters": [_cluster_document(shown, name) for name in group.clusters]} for group in one.groups
        ],
        "objects": [object_document(key) for key in one.objects],
    }


def _cluster_document(shown: ShownRollout, name: ClusterName) -> dict[str, Any]:
    state = cluster_state(shown, name)
    since = time_text(state.since) if state.since is not None else None
    return {"name": name, "state": state.word, "since": since, "message": state.message}


def not_ready(state: RecordedState) -> frozenset[ClusterName]:
    return frozenset(name for name, cluster in state.clusters.items() if not cluster.ready)


def with_pauses(rollouts: Mapping[str, RecordedRollout], state: RecordedState, pauses: Mapping[str, Pause]) -> list[ShownRollout]:
    """pauses: by name of the rollout."""
    return [ShownRollout(one, pauses.get(name), not_ready(state)) for name, one in rollouts.items()]
