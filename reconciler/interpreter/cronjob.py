"""CronJob (batch/v1). It has no replicas and is always Current. Two copies would start every Job twice."""

from __future__ import annotations

from datetime import datetime

from reconciler.interpreter.conditions import always_current
from reconciler.interpreter.go_types import check
from reconciler.interpreter.pod_references import references_in
from reconciler.interpreter.rules import KindRules, StatusItems
from reconciler.interpreter.status_items import latest, normalized_reports, with_status
from reconciler.model.manifest import Manifest

_TYPE, _TEMPLATE = "CronJob", ("spec", "jobTemplate", "spec", "template")


def aggregate(manifest: Manifest, items: StatusItems, now: datetime) -> Manifest:
    """The active Jobs of all members, and the latest of their times."""
    check(manifest, _TYPE)
    statuses = [status for _, status in normalized_reports(items, "CronJobStatus")]
    merged = {
        "active": [job for status in statuses for job in status.get("active", ())],
        "lastScheduleTime": latest(status.get("lastScheduleTime") for status in statuses),
        "lastSuccessfulTime": latest(status.get("lastSuccessfulTime") for status in statuses),
    }
    return with_status(manifest, _TYPE, {name: value for name, value in merged.items() if value})


RULES = KindRules(
    kind=_TYPE,
    groups=("batch",),
    pod_template=_TEMPLATE,
    dependencies=references_in(_TYPE, *_TEMPLATE),
    health=always_current,
    aggregate=aggregate,
    breaks_first=lambda manifest: True,
)
