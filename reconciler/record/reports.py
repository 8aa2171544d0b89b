"""The recorded report of one object, from what the members report now and what was recorded before. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from reconciler.interpreter.precedence import Interpreter
from reconciler.model.recorded import ClusterStatus, ObjectReport
from reconciler.pipeline.compiled import CompiledTemplate
from reconciler.record.aggregated_status import aggregate_statuses


def record_report(
    item: CompiledTemplate, statuses: tuple[ClusterStatus, ...], last: ObjectReport, interpreter: Interpreter, *, now: datetime
) -> ObjectReport:
    """The report to record.

    statuses: what the members report now, sorted by cluster name. last: the report recorded before; empty where there is none.
    """
    total = aggregate_statuses(item.template.manifest, statuses, last.aggregated, interpreter, now)
    return ObjectReport(tuple(_with_correction(status, last.status_in(status.cluster)) for status in statuses), total)


def _with_correction(status: ClusterStatus, last: ClusterStatus | None) -> ClusterStatus:
    """The status with the last correction of drift, which is reported as long as the same manifest is applied."""
    if last is None or not last.corrected or status.corrected or status.digest != last.digest:
        return status
    return replace(status, corrected=last.corrected)
