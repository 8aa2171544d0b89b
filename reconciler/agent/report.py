"""The report that follows from a pass. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.member_report import MemberReport
from reconciler.model.recorded import ClusterStatus
from reconciler.passes.passes import Pass


def report_of(done: Pass, cluster: ClusterName, revision: str, decision: str, at: datetime, heartbeat: timedelta) -> MemberReport:
    """revision, decision: what the pass applied, as commits. at: now."""
    observed = done.statuses.get(cluster, {})
    statuses = {key: _with_correction(status, done, key) for key, status in sorted(observed.items())}
    manifests = done.works[cluster].manifests
    replicas = {one.key: one.replicas for one in manifests if one.replicas is not None and one.key in statuses}
    return MemberReport(done.recorded.clusters[cluster], statuses, revision, decision, at, heartbeat, replicas)


def _with_correction(status: ClusterStatus, done: Pass, key: ResourceKey) -> ClusterStatus:
    """With the last correction, also if an earlier pass made it: not each pass is reported."""
    remembered = done.recorded.report_of(key).status_in(status.cluster)
    return replace(status, corrected=remembered.corrected) if remembered is not None else status
