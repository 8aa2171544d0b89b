"""The recorded report of one object, from what the members report now and what was recorded before. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from reconciler.interpreter.precedence import Interpreter
from reconciler.model.drift_record import DriftRecord, next_record
from reconciler.model.recorded import ClusterStatus, ObjectReport, RecordedState
from reconciler.pipeline.compiled import CompiledTemplate
from reconciler.record.aggregated_status import aggregate_statuses


def record_report(
    item: CompiledTemplate, statuses: tuple[ClusterStatus, ...], last: ObjectReport, interpreter: Interpreter, *, now: datetime
) -> ObjectReport:
    """The report to record.

    statuses: what the members report now, sorted by cluster name. last: the report recorded before; empty where there is none.
    """
    total = aggregate_statuses(item.template.manifest, statuses, last.aggregated, interpreter, now)
    return ObjectReport(tuple(_with_drift(status, last.status_in(status.cluster), now) for status in statuses), total)


def with_exact_counts(state: RecordedState, now: datetime) -> RecordedState:
    """The state, in which what was corrected is recorded with its exact count: for a process that ends, and cannot count on."""
    reports = dict(state.reports)
    for key, report in state.reports.items():
        if any(status.drift is not None and status.drift.recorded is not None for status in report.statuses):
            exact = (replace(one, drift=one.drift.exact(now)) if one.drift is not None else one for one in report.statuses)
            reports[key] = replace(report, statuses=tuple(exact))
    return replace(state, reports=reports)


def _with_drift(status: ClusterStatus, last: ClusterStatus | None, now: datetime) -> ClusterStatus:
    """The status with the last drift and its last correction, which are reported as long as the same manifest is applied."""
    if last is not None and status.digest != last.digest:
        last = None
    drift = status.drift or _drift_of(status, last, now)
    corrected = status.corrected or ("" if last is None else last.corrected)
    if (drift, corrected, "", ()) == (status.drift, status.corrected, status.drifted, status.drifted_fields):
        return status
    return replace(status, drift=drift, corrected=corrected, drifted="", drifted_fields=())


def _drift_of(status: ClusterStatus, last: ClusterStatus | None, now: datetime) -> DriftRecord | None:
    """The record that follows on the last one; on what an older program recorded or reported again, none does."""
    before = None if last is None else last.drift
    if last is not None and before is None and status.corrected and status.corrected == last.corrected:
        return None
    if not status.applied and not status.corrected:
        return before  # Nothing is known of the object now.
    what, fields = status.corrected or status.drifted, status.drifted_fields
    return next_record(before, what, now, corrected=bool(status.corrected), fields=fields)
