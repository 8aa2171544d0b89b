"""The capacity of members in the recorded state, coarsely. Pure.

Pods come and go all the time. A new figure is recorded where it differs from the recorded one by more than 5 % of what the member
has, and where a decision used it (`passes/survey.py`): so every decision follows from what is recorded, and a quiet fleet makes
no commits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from reconciler.cluster.member_protocol import CapacityLook
from reconciler.model.capacity import is_about
from reconciler.model.cluster import Cluster
from reconciler.model.condition import CAPACITY_OBSERVED, Condition, condition_of, whole_seconds
from reconciler.model.health import HealthStatus
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import get
from reconciler.model.recorded import ClusterStatus, RecordedCluster, RecordedDecision, RecordedState
from reconciler.schedule.reservations import unseen

_NOT_OBSERVED = "NotObserved"


def update_capacity(
    recorded: RecordedState,
    clusters: Iterable[Cluster],
    looks: Mapping[ClusterName, CapacityLook],
    in_use: Collection[ClusterName],
    now: datetime,
    *,
    exact: bool = False,
) -> RecordedState:
    """The state with what was seen of members; the same state where nothing is new. Of the others, the recorded figure stays.

    in_use: members whose capacity a policy uses. exact: whether a small difference counts, too.
    """
    found: dict[ClusterName, RecordedCluster] = {}
    for cluster in clusters:
        name = cluster.name
        last, look = recorded.clusters.get(name), looks.get(name)
        if look is not None:
            found[name] = _seen(last or RecordedCluster(name, cluster.origin.file, read=False), look, now, exact)
        elif last is not None and name not in in_use:
            found[name] = _with_condition(last, "", now)
    if all(found[name] is recorded.clusters.get(name) for name in found):
        return recorded
    return replace(recorded, clusters=dict(sorted({**recorded.clusters, **found}.items())))


def release_seen(
    recorded: RecordedState, clusters: Iterable[Cluster], looks: Mapping[ClusterName, CapacityLook], now: datetime
) -> RecordedState:
    """The state without the reservations whose Pods a look has seen, and with the figures of that look: those before it have more
    room. The same state where there are none."""
    begun = {name: look.begun for name, look in looks.items() if look.capacity is not None}
    decisions, seen = dict(recorded.decisions), set[ClusterName]()
    for key, decision in recorded.decisions.items():
        if decision.reserved and (left := unseen(decision.reserved, begun)) is not decision.reserved:
            decisions[key] = replace(decision, reserved=left)
            seen |= decision.reserved.keys() - left.keys()
    if not seen:
        return recorded
    newest = {name: looks[name] for name in seen}
    return replace(update_capacity(recorded, clusters, newest, newest, now, exact=True), decisions=decisions)


def with_presence(
    decision: RecordedDecision, statuses: Iterable[ClusterStatus], now: datetime, reported: Mapping[ClusterName, datetime]
) -> RecordedDecision:
    """The decision with the moment since which its reserved replicas are there: a look that begins later sees them.

    statuses: of its copies, observed until now. reported: when the agents of members made their reports, by their own clocks.
    """
    if all(one.present_since is not None for one in decision.reserved.values()):
        return decision
    reserved = dict(decision.reserved)
    for status in statuses:
        one = reserved.get(status.cluster)
        if one is not None and one.present_since is None and _has_all_pods(status, decision.replicas_on(status.cluster) or 0):
            seen = reported.get(status.cluster, now)
            # Recorded times have whole seconds, and no look may count as later that was earlier.
            reserved[status.cluster] = replace(one, present_since=whole_seconds(seen + timedelta(microseconds=999_999)))
    return decision if reserved == decision.reserved else replace(decision, reserved=reserved)


def _has_all_pods(status: ClusterStatus, replicas: int) -> bool:
    """Whether all Pods of a copy exist, running or waiting for a node."""
    if not status.applied:
        return False
    counts = [get(status.reflected, name) for name in ("replicas", "active", "succeeded")]
    return status.health.status is HealthStatus.CURRENT or sum(one for one in counts if isinstance(one, int)) >= replicas > 0


def _seen(last: RecordedCluster, look: CapacityLook, now: datetime, exact: bool) -> RecordedCluster:
    found = _with_condition(last, look.reason, now)
    same = last.capacity == look.capacity if exact else is_about(last.capacity, look.capacity)
    return found if same else replace(found, capacity=look.capacity)


def _with_condition(last: RecordedCluster, reason: str, now: datetime) -> RecordedCluster:
    """reason: why the capacity is unknown; empty where there is nothing to say."""
    before = condition_of(last.conditions, CAPACITY_OBSERVED)
    if (before.message if before is not None else "") == reason:
        return last
    others = [condition for condition in last.conditions if condition.type != CAPACITY_OBSERVED]
    if reason:
        since = before.since if before is not None else whole_seconds(now)
        others.append(Condition(CAPACITY_OBSERVED, "False", since, _NOT_OBSERVED, reason))
    return replace(last, conditions=tuple(sorted(others, key=lambda condition: condition.type)))
