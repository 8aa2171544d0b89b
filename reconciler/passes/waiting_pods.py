"""Asks members for the Pods that no node takes, where `spec.descheduler` of the Configuration asks for it.

Pods are not watched: there are many, and they change all the time. A member is asked only about Deployments that lack ready
replicas, twice a minute at most about each, and about a few of them in one pass, those first that were not asked about for the
longest time. One request lists the Pending Pods of one Deployment. Agents ask their own members in the same way, and report it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from reconciler.cluster.member_protocol import MemberError
from reconciler.model.descheduling import Waiting
from reconciler.model.health import HealthStatus
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.live import LiveView
from reconciler.model.manifest import Manifest
from reconciler.model.member_report import MemberReport
from reconciler.model.recorded import ClusterStatus
from reconciler.observe.waiting_pods import lacks_replicas, pod_labels, waiting_of
from reconciler.passes.reconciliation import Reconciliation
from reconciler.passes.survey import Survey
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.deschedule import is_descheduled
from reconciler.record.fold import why_unknown
from reconciler.record.next_state import Statuses
from reconciler.record.waiting_facts import SeenPods

_ASK_EVERY = timedelta(seconds=30)
_NEVER = datetime.min.replace(tzinfo=UTC)
_MOST = 20
"""Deployments that a member is asked about in one pass."""


async def waiting_pods(reconciliation: Reconciliation, survey: Survey, statuses: Statuses, now: datetime) -> SeenPods:
    """A member that does not answer is left out: what was seen before stays."""
    if survey.compiled.desired.settings.unschedulable_for is None:
        return {}
    keys = reconciliation.cache.latest(_deployments, survey.compiled)
    views = {name: view for name, view in survey.views.items() if isinstance(view, LiveView) and name in statuses}
    found = await asyncio.gather(*[_of_member(reconciliation, view, keys, statuses[name], now) for name, view in views.items()])
    asked = {name: seen for name, seen in zip(views, found, strict=True) if seen}
    return {**asked, **dict(_reported(reconciliation.fleet.reports, keys, statuses, now))}


def _reported(
    reports: Mapping[ClusterName, MemberReport | str], keys: Iterable[ResourceKey], statuses: Statuses, now: datetime
) -> Iterator[tuple[ClusterName, Mapping[ResourceKey, Waiting | None]]]:
    """What agents saw. A report names only workloads that are not Current; each Pod of the others has a node."""
    for name, report in reports.items():
        if isinstance(report, MemberReport) and name in statuses and not why_unknown(name, report, now):
            of_member = statuses[name]
            current = {key for key in keys if key in of_member and of_member[key].health.status is HealthStatus.CURRENT}
            yield name, {key: report.waiting.get(key) for key in keys if key in report.waiting or key in current}


def _deployments(compiled: Compiled) -> tuple[ResourceKey, ...]:
    return tuple(key for key, item in compiled.templates.items() if is_descheduled(key, item.decided.claim.policy))


async def _of_member(
    reconciliation: Reconciliation,
    view: LiveView,
    keys: tuple[ResourceKey, ...],
    statuses: Mapping[ResourceKey, ClusterStatus],
    now: datetime,
) -> Mapping[ResourceKey, Waiting | None]:
    asked = reconciliation.cache.of(view.cluster).asked_about_pods
    lacking = dict(_lacking(view, keys, statuses))
    seen: dict[ResourceKey, Waiting | None] = {key: None for key in keys if key in statuses and key not in lacking}
    due = [key for key in lacking if key not in asked or asked[key] + _ASK_EVERY <= now]
    for key in sorted(due, key=lambda one: (asked.get(one, _NEVER), one))[:_MOST]:
        live = lacking[key]
        try:
            pods = await reconciliation.fleet.clients[view.cluster].waiting_pods(key.namespace, pod_labels(live))
        except MemberError:
            break  # `look` reports a member that fails.
        asked[key] = now
        seen[key] = waiting_of(live, pods)
    for key in asked.keys() - lacking.keys():
        del asked[key]
    return seen


def _lacking(
    view: LiveView, keys: tuple[ResourceKey, ...], statuses: Mapping[ResourceKey, ClusterStatus]
) -> Iterator[tuple[ResourceKey, Manifest]]:
    for key in keys:
        status = statuses.get(key)
        if status is not None and status.health.status is not HealthStatus.CURRENT and key in view.objects:
            live = view.objects[key]
            if lacks_replicas(live):
                yield key, live
