"""When time alone makes a difference, for a failover or for endpoints: a threshold, a toleration or a cool-down ends. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from reconciler.endpoints.routes import routes_of
from reconciler.model.failover import FailoverMode
from reconciler.model.recorded import RecordedState
from reconciler.observe.member_health import due_at
from reconciler.pipeline.compiled import Compiled
from reconciler.record.rollouts import rollouts_due

_LOOK_EVERY = 10.0
"""Seconds between looks at all members: nothing announces that one fails (Karmada: --cluster-status-update-frequency). A pass in
which nothing changed costs little, because watches keep the records up to date."""
_ASK_EVERY = 30.0
"""Seconds between looks at the Pods of workloads that lack replicas, which nothing announces, either."""


def seconds_to_timer(compiled: Compiled, after: RecordedState, now: datetime) -> float | None:
    """Seconds until the next pass is due; None where nothing is timed. after: the state that the pass leaves.

    A member whose readiness was published now has its taints in the next pass. Where a threshold is over and nothing was
    published, the pass did not ask the member (this process is not configured to reach it), and the next one does not come at
    once.
    """
    settings, moments = compiled.desired.settings.failover, []
    clusters = [after.clusters[name] for name in compiled.cluster_names if name in after.clusters]
    for cluster in clusters:
        due = due_at(cluster.readiness, cluster.pending_since, settings.failure_threshold, settings.success_threshold)
        moments += [due if due > now else now + timedelta(seconds=_LOOK_EVERY)] if due is not None else []
        before = compiled.recorded.clusters.get(cluster.name)
        if compiled.desired.taint_policies and cluster.readiness != (before.readiness if before is not None else None):
            moments.append(now)
    if compiled.evictions.due is not None:
        moments.append(compiled.evictions.due)
    if compiled.suspension_ends is not None:
        moments.append(compiled.suspension_ends)
    if (due := rollouts_due(compiled, after.rollouts, now)) is not None:
        moments.append(due)
    if compiled.descheduling.due is not None:
        moments.append(compiled.descheduling.due)
    seconds = [max((moment - now).total_seconds(), 0.0) for moment in moments]
    if settings.mode is not FailoverMode.OFF or routes_of(compiled):  # A provider that is silent loses its endpoints.
        seconds.append(_LOOK_EVERY)
    if compiled.desired.settings.unschedulable_for is not None:
        seconds.append(_ASK_EVERY)
    return min(seconds, default=None)
