"""The aggregated status of a Job that runs in several members (karmada pkg/util/helper/job.go).

It fails when the Job of one member fails, and is complete when the Jobs of all members are. After that it does not change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from reconciler.interpreter.go_types import check
from reconciler.interpreter.go_types_form import normalize
from reconciler.interpreter.rules import StatusItems
from reconciler.interpreter.status_items import earliest, latest, normalized_reports, status_fields, sums, with_status
from reconciler.model.manifest import Manifest, mapping, sequence, text
from reconciler.model.moments import time_text

_TYPE, _STATUS_TYPE = "Job", "JobStatus"
_COUNTERS = ("active", "succeeded", "failed")


def reflect(manifest: Manifest) -> Mapping[str, Any] | None:
    return status_fields(manifest, _STATUS_TYPE, *_COUNTERS, "conditions", "startTime", "completionTime")


def aggregate(manifest: Manifest, items: StatusItems, now: datetime) -> Manifest:
    """The template with the aggregated status. now: the time of new conditions."""
    check(manifest, _TYPE)
    old = normalize(mapping(manifest, "status"), _STATUS_TYPE)
    if _outcome(old):
        return manifest
    status_reports = list(normalized_reports(items, _STATUS_TYPE))
    statuses, members = [status for _, status in status_reports], len(items or ())
    merged = {
        **sums(items, _STATUS_TYPE, *_COUNTERS),
        "conditions": _conditions(status_reports, members, time_text(now)),
        "startTime": old.get("startTime") or earliest(_of_all(statuses, "startTime", members)),
        "completionTime": latest(_of_all(statuses, "completionTime", members)),
    }
    return with_status(manifest, _TYPE, {name: value for name, value in merged.items() if value})


def _of_all(statuses: Sequence[Mapping[str, Any]], field: str, members: int) -> list[str]:
    """The times of all members; empty if one member has none."""
    times = [status[field] for status in statuses if field in status]
    return times if len(times) == members else []


def _conditions(status_reports: Sequence[tuple[str, Mapping[str, Any]]], members: int, now: str) -> list[Mapping[str, str]]:
    conditions = []
    failed = [cluster for cluster, status in status_reports if _outcome(status) == "Failed"]
    if failed:
        conditions.append(_condition("Failed", "JobFailed", f"Job executed failed in member clusters {','.join(failed)}", now))
    if status_reports and sum(_outcome(status) == "Complete" for _, status in status_reports) == members:
        conditions.append(_condition("Complete", "Completed", "Job completed", now))
        if all("SuccessCriteriaMet" in _true(status) for _, status in status_reports):
            message = "All member clusters have met success criteria"
            conditions.append(_condition("SuccessCriteriaMet", "CompletionsReached", message, now))
    return conditions


def _condition(kind: str, reason: str, message: str, now: str) -> Mapping[str, str]:
    """A condition with Karmada's messages, which monitoring may search for."""
    times = {"lastProbeTime": now, "lastTransitionTime": now}
    return {"type": kind, "status": "True", "reason": reason, "message": message, **times}


def _outcome(status: Manifest) -> str:
    """`Complete` or `Failed`, whichever comes first; empty while the Job runs."""
    return next((kind for kind in _true(status) if kind in ("Complete", "Failed")), "")


def _true(status: Manifest) -> list[str]:
    conditions = sequence(status, "conditions")
    return [text(each, "type") for each in conditions if text(each, "status") == "True"]
