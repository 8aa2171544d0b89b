"""When a member counts as Ready: what a pass observed, damped. Pure.

Karmada does the same with probes (pkg/controllers/status/cluster_condition_cache.go): the first observation is published at once,
a change between True and not-True only when it has lasted for a threshold, any other change at once. There the moment since which
a change has been observed is lost with the process; here it is recorded (`RecordedCluster.pending_since`), so a restart changes
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from reconciler.model.condition import READY, Condition, whole_seconds

CLUSTER_READY = "ClusterReady"
NOT_READY = "ClusterNotReady"
NOT_REACHABLE = "ClusterNotReachable"
COLLECTION_FAILED = "StatusCollectionFailed"
STATUS_UNKNOWN = "ClusterStatusUnknown"
NEVER_UPDATED = "ClusterStatusNeverUpdated"
"""Reasons of Karmada (pkg/apis/cluster/v1alpha1, pkg/controllers/status)."""

_MESSAGES = {
    CLUSTER_READY: "cluster is healthy and ready to accept workloads",
    NOT_READY: "cluster is reachable but health endpoint responded without ok",
    NOT_REACHABLE: "cluster is not reachable",
    COLLECTION_FAILED: "failed to create a client for the cluster",
    STATUS_UNKNOWN: "cluster agent stopped posting cluster status",
    NEVER_UPDATED: "cluster agent never posted cluster status",
}
_UNKNOWN = frozenset({STATUS_UNKNOWN, NEVER_UPDATED})


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether a member counts as Ready, and a change that has not lasted long enough yet."""

    published: Condition
    pending_since: datetime | None = None
    """Since when the opposite has been observed; None where what is observed is published."""


def observe_readiness(
    reason: str,
    published: Condition | None,
    pending_since: datetime | None,
    now: datetime,
    failure_threshold: timedelta,
    success_threshold: timedelta,
) -> Readiness:
    """The readiness after one observation.

    reason: of the observation, one of the words above. published, pending_since: the readiness before; None at first.
    """
    now = whole_seconds(now)
    observed = Condition(READY, _status(reason), now, reason, _MESSAGES.get(reason, ""))
    if published is None:  # Of a member that answers, nobody knows since when.
        return Readiness(replace(observed, since=None) if observed.status == "True" else observed)
    is_ready, was_ready = observed.status == "True", published.status == "True"
    if is_ready == was_ready:
        since = published.since if observed.status == published.status else now
        same = replace(observed, since=since)
        return Readiness(published if same == published else same)
    # A clock that was set back must not make a change wait for ever.
    since = min(pending_since, now) if pending_since is not None else now
    if now - since < (success_threshold if is_ready else failure_threshold):
        return Readiness(published, since)
    return Readiness(replace(observed, since=since))


def due_at(
    published: Condition | None, pending_since: datetime | None, failure: timedelta, success: timedelta
) -> datetime | None:
    """When a pending change can be published at the earliest; None where none is pending. failure, success: the thresholds."""
    if published is None or pending_since is None:
        return None
    return pending_since + (failure if published.status == "True" else success)


def _status(reason: str) -> str:
    if reason == CLUSTER_READY:
        return "True"
    return "Unknown" if reason in _UNKNOWN else "False"
