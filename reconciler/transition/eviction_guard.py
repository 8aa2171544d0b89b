"""The storm guard: how many members may be given up, and how many objects may move, at once. Pure.

Karmada limits evictions per second and nothing else, so it can evict everything from everywhere. Here, three limits hold
whatever happens, and what exceeds them waits:

- While fewer than half of the members are Ready, nothing is evicted: probably this program is cut off, not they.
- At most `maxMembers` of the members are given up at once. A member counts from its first eviction until it has neither a move
  under way nor a taint that evicts.
- At most `maxObjects` of the placed objects move at once, away and back.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from reconciler.model.failover import FailoverSettings
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.wording import plural

Move: TypeAlias = tuple[ResourceKey, ClusterName]
"""An object, and the member that it leaves or to which it returns."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is under way, and of how many."""

    members: int
    """All that are declared."""
    ready: int
    objects: int
    """All that are placed."""
    given_up: frozenset[ClusterName] = frozenset()
    moving: frozenset[ResourceKey] = frozenset()


@dataclass(frozen=True, slots=True)
class Request:
    """A move that is due."""

    key: ResourceKey
    cluster: ClusterName
    since: datetime | None
    """When it became due; None: before all others."""
    returns: bool = False
    """Whether the object returns to the member: then none is given up."""

    @property
    def move(self) -> Move:
        return self.key, self.cluster

    @property
    def rank(self) -> tuple[bool, str, ClusterName, ResourceKey]:
        """Evictions come before returns, older ones before newer ones, one member after the other."""
        return self.returns, "" if self.since is None else self.since.isoformat(), self.cluster, self.key


@dataclass(frozen=True, slots=True)
class Admission:
    """Which moves may begin, and why the others wait."""

    admitted: frozenset[Move] = frozenset()
    paused: Mapping[Move, str] = field(default_factory=dict)
    """As a clause."""
    homeless: frozenset[Move] = frozenset()
    """Those that find no place beside the admitted ones. They take no turn from others."""


def limit(share: float, total: int) -> int:
    """How many of `total` the share allows: at least one."""
    return max(1, int(share * total + 1e-9))


def cut_off(load: Load) -> str:
    """Why nothing at all moves, as a clause; empty where at least half of the members are Ready."""
    if load.ready * 2 >= load.members:
        return ""
    return f"only {load.ready} of {plural(load.members, 'member')} are Ready, so nothing is moved: this program may be cut off"


def admit(
    requests: Iterable[Request], load: Load, settings: FailoverSettings, finds_place: Callable[[Request], bool] | None = None
) -> Admission:
    """Lets as many moves begin as the limits allow.

    finds_place: whether an object has a place beside those about which it was asked before; asked in the order in which the moves
    are admitted. None: all have.
    """
    ordered = sorted(requests, key=lambda request: request.rank)
    if why := cut_off(load):
        return Admission(paused={request.move: why for request in ordered})
    most_members, most_objects = limit(settings.max_members, load.members), limit(settings.max_objects, load.objects)
    given_up, moving = set(load.given_up), set(load.moving)
    admitted: set[Move] = set()
    homeless: set[Move] = set()
    paused: dict[Move, str] = {}
    for request in ordered:
        if not request.returns and _is_full(request.cluster, given_up, most_members):
            paused[request.move] = f"{plural(len(given_up), 'member')} given up already (spec.failover.maxMembers)"
        elif _is_full(request.key, moving, most_objects):
            paused[request.move] = f"{plural(len(moving), 'object')} moving already (spec.failover.maxObjects)"
        elif finds_place is not None and not finds_place(request):
            homeless.add(request.move)
        else:
            moving.add(request.key)
            given_up.update(() if request.returns else (request.cluster,))
            admitted.add(request.move)
    return Admission(frozenset(admitted), paused, frozenset(homeless))


def _is_full(one: object, counted: Collection[object], most: int) -> bool:
    return one not in counted and len(counted) >= most
