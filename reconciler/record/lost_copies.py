"""Copies that were recorded as applied, and are not as they were recorded any more: somebody deleted them, or another process
that decides for the same fleet wrote something else. Pure.

A handover removes the old copy because the new one was recorded as Current. If the new one is gone since then, the old one may be
the only copy that runs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from reconciler.model.changes import Action, ChangeSet
from reconciler.model.health import Health, HealthStatus
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.live import LiveView
from reconciler.model.ownership import applied_digest
from reconciler.model.recorded import ClusterStatus, RecordedState

LOST = "it is not what was applied there last"


def without_lost_copies(
    recorded: RecordedState, views: Mapping[ClusterName, LiveView | str], plans: Mapping[ClusterName, ChangeSet]
) -> RecordedState:
    """The state in which these copies do not count as applied; the same state where nothing depends on one.

    views, plans: of this pass. A copy matters if the plan of another member removes or changes a copy of the same object.
    """
    touched: dict[ResourceKey, set[ClusterName]] = {}
    for name, plan in plans.items():
        for change in (*plan.of(Action.PRUNE), *plan.of(Action.CONFIGURE)):
            touched.setdefault(change.key, set()).add(name)
    reports = dict(recorded.reports)
    for key, members in sorted(touched.items()):
        report = recorded.report_of(key)
        lost = {one.cluster: one for one in _lost(key, report.statuses, views) if members - {one.cluster}}
        if lost:
            reports[key] = replace(report, statuses=tuple(lost.get(one.cluster, one) for one in report.statuses))
    return recorded if reports == recorded.reports else replace(recorded, reports=reports)


def _lost(
    key: ResourceKey, statuses: Collection[ClusterStatus], views: Mapping[ClusterName, LiveView | str]
) -> Iterator[ClusterStatus]:
    for status in statuses:
        view = views.get(status.cluster)
        if not status.applied or not isinstance(view, LiveView) or view.unread.reason(key):
            continue
        live = view.objects.get(key)
        if live is None:
            yield replace(status, applied=False, health=Health(HealthStatus.NOT_FOUND), message=LOST)
        elif status.digest and applied_digest(live) not in ("", status.digest):
            yield replace(status, applied=False, health=Health(HealthStatus.UNKNOWN), message=LOST)
