"""Replicas that were decided and that no look at the capacity of their members has seen: nothing else may be put in their place.

Karmada divides each workload by the last figures, so that workloads which arrive together overcommit a member; its gate
SchedulingOvercommitProtection (off) lets reservations go after five minutes at the latest. Here they are recorded with the
decision, and go when a look has begun after the copy was seen with all its Pods, waiting ones too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from reconciler.model.binding import TargetCluster
from reconciler.model.capacity import Reserved
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.model.memo import Memo
from reconciler.schedule.estimator import Amounts, FreeResources, free_resources, less

Taken: TypeAlias = Mapping[ClusterName, FreeResources | None]
"""What is left on members where something is reserved, in place of what their capacity says."""
NOTHING_TAKEN: Taken = {}
Reservations: TypeAlias = Mapping[ClusterName, Reserved]
NO_RESERVATIONS: Reservations = {}
Replicas: TypeAlias = Mapping[ClusterName, int]
"""Numbers of replicas, or of sets of components."""
Needs: TypeAlias = Sequence[tuple[Amounts, int]]
"""What one replica requests, or a set: for each of its components the requests of a Pod, and how many Pods there are."""


def counted(targets: Iterable[TargetCluster], in_sets: bool) -> Replicas:
    """What each member has: replicas, or one set of components."""
    return {target.name: 1 if in_sets else target.replicas for target in targets}


def increases(before: Replicas, after: Replicas) -> Replicas:
    """How many replicas, or sets, each member gets in addition."""
    more = {name: count - before.get(name, 0) for name, count in after.items()}
    return {name: count for name, count in more.items() if count > 0}


def reserved_after(last: Reservations, more: Replicas, now: Replicas) -> Reservations:
    """The reservations after a decision; `last` where nothing changed.

    more: the replicas that it adds, on the members of which the capacity is known. now: all that it comes to.
    """
    found: dict[ClusterName, Reserved] = {}
    for name in sorted({*last, *more}):
        before = last.get(name, Reserved(0))
        count = min(now.get(name, 0), before.replicas + more.get(name, 0))
        if count > 0:
            found[name] = before if count == before.replicas else Reserved(count, None if name in more else before.present_since)
    return last if found == last else found


def unseen(last: Reservations, looks: Mapping[ClusterName, datetime]) -> Reservations:
    """Those that remain; `last` where all do. looks: when the last look at each member began."""
    left = {name: one for name, one in last.items() if not _is_seen(one, looks.get(name))}
    return left if len(left) < len(last) else last


def _is_seen(reserved: Reserved, look: datetime | None) -> bool:
    return look is not None and reserved.present_since is not None and look > reserved.present_since


def with_taken(taken: Taken, clusters: Mapping[ClusterName, Cluster], needs: Needs, replicas: Replicas, memo: Memo) -> Taken:
    """What is left after these replicas. clusters: by name."""
    found = dict(taken)
    for name, count in replicas.items():
        if name in clusters:
            free = found[name] if name in found else memo(free_resources, clusters[name].capacity)
            for requests, pods in needs:
                free = less(free, requests, count * pods)
            found[name] = free
    return found
