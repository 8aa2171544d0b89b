"""The report that follows from a pass. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from reconciler.cluster.member_protocol import CapacityLook
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


def report_of(
    done: Pass, cluster: ClusterName, applied: Applied, at: datetime, heartbeat: timedelta, look: CapacityLook | None = None
) -> MemberReport:
    """applied: by the pass. at: now. look: at the capacity of the member, by the pass; None where there was none."""
    observed = done.statuses.get(cluster, {})
    statuses = {key: _with_correction(status, done, key) for key, status in sorted(observed.items())}
    manifests = done.works[cluster].manifests
    replicas = {one.declared: one.replicas for one in manifests if one.replicas is not None and one.declared in statuses}
    facts = done.recorded.clusters[cluster]
    seen_at = look.begun if look is not None and look.capacity is not None else None
    if look is not None and look.capacity is not None:  # It may be newer than what is recorded.
        facts = replace(facts, capacity=look.capacity)
    return MemberReport(facts, statuses, applied.revision, applied.decision, at, heartbeat, applied.generation, replicas, seen_at)


def _with_correction(status: ClusterStatus, done: Pass, key: ResourceKey) -> ClusterStatus:
    """With the last drift and its correction, also if an earlier pass made it: not each pass is reported."""
    remembered = done.recorded.report_of(key).status_in(status.cluster)
    if remembered is None:
        return status
    return replace(status, corrected=remembered.corrected, drift=remembered.drift, drifted="", drifted_fields=())
