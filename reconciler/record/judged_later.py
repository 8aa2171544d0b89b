"""Copies whose status this program wrote after the last pass: their health is recorded as the next pass would find it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from reconciler.interpreter.precedence import Interpreter
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import Manifest
from reconciler.model.recorded import ClusterStatus, ObjectReport, RecordedState


def with_health_of(
    state: RecordedState, copies: Mapping[tuple[ResourceKey, ClusterName], Manifest], interpreter: Interpreter, now: datetime
) -> RecordedState:
    """The state with the health of these copies; the same state where it has it. A copy that is not recorded or not applied
    is left as it is, and so is one that is kept though nobody wants it."""
    changed: dict[ResourceKey, ObjectReport] = {}
    for key in {key for key, _ in copies} & state.reports.keys():
        report = state.reports[key]
        statuses = tuple(_judged(key, one, copies, interpreter, now) for one in report.statuses)
        if statuses != report.statuses:
            changed[key] = ObjectReport(statuses, report.aggregated)
    return replace(state, reports=_sorted({**state.reports, **changed}.items())) if changed else state


def _judged(
    key: ResourceKey,
    status: ClusterStatus,
    copies: Mapping[tuple[ResourceKey, ClusterName], Manifest],
    interpreter: Interpreter,
    now: datetime,
) -> ClusterStatus:
    copy = copies.get((key, status.cluster))
    if copy is None or not status.applied or status.kept:
        return status
    return replace(status, health=interpreter.assess(copy, now))


def _sorted(reports: Iterable[tuple[ResourceKey, ObjectReport]]) -> dict[ResourceKey, ObjectReport]:
    return dict(sorted(reports, key=lambda one: one[0]))
