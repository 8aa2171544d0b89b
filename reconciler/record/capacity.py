"""The capacity of members in the recorded state, coarsely. Pure.

Pods come and go all the time. A new figure is recorded where it differs from the recorded one by more than 5 % of what the member
has, and where a decision used it (`passes/survey.py`): so every decision follows from what is recorded, and a quiet fleet makes
no commits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from reconciler.cluster.member_protocol import CapacityLook
from reconciler.model.capacity import Capacity
from reconciler.model.cluster import Cluster
from reconciler.model.condition import CAPACITY_OBSERVED, Condition, condition_of, whole_seconds
from reconciler.model.keys import ClusterName
from reconciler.model.quantity import ZERO
from reconciler.model.recorded import RecordedCluster, RecordedState

_PERCENT = 5
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


def is_about(recorded: Capacity | None, found: Capacity | None) -> bool:
    """Whether no figure differs by more than 5 % of what the member has."""
    if recorded is None or found is None:
        return recorded is found
    names = recorded.allocatable.keys() | found.allocatable.keys()
    for name in names:
        whole = max(recorded.allocatable.get(name, ZERO).nanos, found.allocatable.get(name, ZERO).nanos)
        for before, after in (
            (recorded.allocatable, found.allocatable),
            (recorded.allocated, found.allocated),
            (recorded.allocating, found.allocating),
        ):
            if _differs(before.get(name, ZERO).nanos, after.get(name, ZERO).nanos, whole):
                return False
    return _is_about_graded(recorded, found)


def _is_about_graded(recorded: Capacity, found: Capacity) -> bool:
    if recorded.grades is None or found.grades is None:
        return recorded.grades is found.grades
    before, after = _counts(recorded), _counts(found)
    nodes = max(before.total(), after.total())
    return not any(_differs(before[size], after[size], nodes) for size in before.keys() | after.keys())


def _counts(capacity: Capacity) -> Counter[tuple[tuple[str, int], ...]]:
    """Nodes by their least size."""
    counts: Counter[tuple[tuple[str, int], ...]] = Counter()
    for grade in capacity.grades or ():
        counts[tuple(sorted((name, amount.nanos) for name, amount in grade.minimum.items()))] += grade.count
    return counts


def _differs(before: int, after: int, whole: int) -> bool:
    return abs(after - before) * 100 > whole * _PERCENT


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
