"""The recorded facts of one member. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from reconciler.model.cluster import Cluster
from reconciler.model.condition import READY
from reconciler.model.failover import FailoverSettings
from reconciler.model.health import HealthStatus
from reconciler.model.keys import ResourceKey
from reconciler.model.recorded import ClusterStatus, RecordedCluster
from reconciler.model.work import Work
from reconciler.observe.member_health import observe_readiness
from reconciler.pipeline.compiled import Compiled


def last_known(cluster: Cluster, compiled: Compiled) -> RecordedCluster:
    """The recorded facts of a declared member, with its file, its addresses and its taints as they are now.

    Its APIs and its capacity stay as recorded: only discovery (`discovery.py`) changes them.
    """
    recorded = compiled.recorded.clusters.get(cluster.name, RecordedCluster(cluster.name, "", read=False))
    taints = compiled.taints.get(cluster.name, ())
    stated = compiled.stated_taints.get(cluster.name, ())
    return replace(recorded, file=cluster.origin.file, taints=taints, stated_taints=stated, addresses=cluster.addresses)


def record_cluster(
    last: RecordedCluster, work: Work, statuses: Mapping[ResourceKey, ClusterStatus], unreadable: str
) -> RecordedCluster:
    """The facts to record after a pass. A copy that stays as it is counts with what was applied last, and so does an object that
    could not be rendered: the member must hold it, and `status` says that it is not applied. What the member still holds of ours
    without having to counts among its objects, too.

    work: what the member must hold. statuses: what it reports. unreadable: why it could not be read; empty when it could.
    """
    kept = _kept(work, statuses)
    wanted = [statuses[manifest.declared] for manifest in work.manifests if manifest.declared in statuses]
    failed = work.failed.keys() - work.held
    wanted += [statuses[key] for key in (*kept, *failed) if key in statuses]
    expected = {manifest.declared for manifest in work.manifests} | kept.keys() | failed
    left = [key for key, one in statuses.items() if key not in expected and one.health.status is not HealthStatus.NOT_FOUND]
    digest = _digest(work, kept)
    return replace(
        last,
        ready=not unreadable,
        message=unreadable,
        objects=len(work.manifests) + len(kept) + len(failed) + len(left),
        applied=sum(status.applied for status in wanted),
        current=sum(status.applied and status.health.status is HealthStatus.CURRENT for status in wanted),
        digest=digest,
        generation=_generation(last, digest),
    )


def with_readiness(last: RecordedCluster, reason: str, now: datetime, settings: FailoverSettings) -> RecordedCluster:
    """The facts with what a pass observed of the member. reason: as for `observe_readiness`; empty where it was not asked."""
    if not reason:
        return last
    found = observe_readiness(
        reason, last.readiness, last.pending_since, now, settings.failure_threshold, settings.success_threshold
    )
    if (found.published, found.pending_since) == (last.readiness, last.pending_since):
        return last
    others = (condition for condition in last.conditions if condition.type != READY)
    conditions = tuple(sorted((found.published, *others), key=lambda condition: condition.type))
    return replace(last, conditions=conditions, pending_since=found.pending_since)


def generation_of(last: RecordedCluster, work: Work, statuses: Mapping[ResourceKey, ClusterStatus]) -> int:
    """The number of the decision about a member to which its work belongs; a new one where that is another work than was recorded
    last. statuses: as for `record_cluster`; only those of objects that stay as they are count."""
    return _generation(last, _digest(work, _kept(work, statuses)))


def _generation(last: RecordedCluster, digest: str) -> int:
    return last.generation + (digest != last.digest)


def _kept(work: Work, statuses: Mapping[ResourceKey, ClusterStatus]) -> Mapping[ResourceKey, str]:
    """The digests of the copies that stay as they are."""
    return {
        key: statuses[key].digest
        for key in work.held
        if key in statuses and statuses[key].health.status is not HealthStatus.NOT_FOUND
    }


def _digest(work: Work, kept: Mapping[ResourceKey, str]) -> str:
    contents: Iterable[tuple[ResourceKey, str]] = ((one.key, one.public_digest) for one in work.manifests)
    digest = hashlib.sha256()
    for key, applied in sorted({**dict(contents), **kept}.items()) if kept else contents:
        digest.update(f"{key}\0{applied}\n".encode())
    return f"sha256:{digest.hexdigest()}"
