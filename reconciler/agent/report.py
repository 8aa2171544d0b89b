"""The report that follows from a pass. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from reconciler.cluster.member_protocol import CapacityLook
from reconciler.model.descheduling import Waiting
from reconciler.model.health import HealthStatus
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.member_report import MemberReport
from reconciler.model.recorded import ClusterStatus
from reconciler.passes.passes import Pass


@dataclass(frozen=True, slots=True)
class Applied:
    """What is in force."""

    revision: str
    """The commit whose manifests are applied."""
    decision: str
    """The commit of the status branch that changed something for this member last."""
    generation: int
    """Of the recorded member in that commit."""


WaitingPods: TypeAlias = Mapping[ResourceKey, Waiting | None]
"""As `MemberReport.waiting`."""
_NO_PODS: WaitingPods = {}


def known_pods(before: WaitingPods, done: Pass, cluster: ClusterName) -> WaitingPods:
    """What is known after a pass, which does not ask about each workload. before: what was known."""
    known = {**before, **done.seen_pods.get(cluster, {})}
    statuses = done.statuses.get(cluster, {})
    unready = (key for key, status in statuses.items() if status.health.status is not HealthStatus.CURRENT)
    return {key: known[key] for key in sorted(unready) if key in known}


def report_of(
    done: Pass,
    cluster: ClusterName,
    applied: Applied,
    at: datetime,
    heartbeat: timedelta,
    look: CapacityLook | None = None,
    pods: WaitingPods = _NO_PODS,
) -> MemberReport:
    """applied: by the pass. at: now. look: at the capacity of the member, by the pass; None where there was none. pods: as of
    `known_pods`."""
    observed = done.statuses.get(cluster, {})
    statuses = {key: _with_correction(status, done, key) for key, status in sorted(observed.items())}
    manifests = done.works[cluster].manifests
    replicas = {one.declared: one.replicas for one in manifests if one.replicas is not None and one.declared in statuses}
    facts = done.recorded.clusters[cluster]
    seen_at = look.begun if look is not None and look.capacity is not None else None
    if look is not None and look.capacity is not None:  # It may be newer than what is recorded.
        facts = replace(facts, capacity=look.capacity)
    what = applied.revision, applied.decision
    return MemberReport(facts, statuses, *what, at, heartbeat, applied.generation, replicas, seen_at, pods)


def _with_correction(status: ClusterStatus, done: Pass, key: ResourceKey) -> ClusterStatus:
    """With the last drift and its correction, also if an earlier pass made it: not each pass is reported."""
    remembered = done.recorded.report_of(key).status_in(status.cluster)
    if remembered is None:
        return status
    return replace(status, corrected=remembered.corrected, drift=remembered.drift, drifted="", drifted_fields=())
