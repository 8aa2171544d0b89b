"""Where objects that leave a member would go: by themselves, and beside each other.

What is left of the capacity of members is shared by all moves of a pass, evictions before what finds no node. They take it before
other decisions do, in the order in which they are admitted, so that none begins that would find its place taken. What does not
ask for room comes before all that does, as in the pass itself.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from copy import copy
from functools import partial
from typing import TypeAlias

from reconciler.model.binding import Binding, Unschedulable
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.pipeline.claimed import Claimed
from reconciler.pipeline.room import Room
from reconciler.schedule.reservations import Taken

Without: TypeAlias = frozenset[ClusterName]
"""The members on which an object must not be."""
Scheduled: TypeAlias = Binding | Unschedulable | None
Schedule: TypeAlias = Callable[[ResourceKey, Without, Taken], Scheduled]
"""What scheduling would decide about an object that may not be on these members. Taken: what is left for it."""


class Places:
    """Of one pass."""

    def __init__(self, claimed: Mapping[ResourceKey, Claimed], room: Room, schedule: Schedule) -> None:
        """room: before the first decision of the pass."""
        self._claimed, self._room, self._schedule = claimed, room, schedule
        self._shared = room.copy()
        self._order: list[ResourceKey] = []
        self._is_open = False

    @property
    def order(self) -> tuple[ResourceKey, ...]:
        """The objects that took room, in the order in which they are to be decided."""
        return tuple(self._order)

    @property
    def are_limited(self) -> bool:
        """Whether one object can take the place of another."""
        return self._room.is_observed

    def alone(self, key: ResourceKey, without: Without) -> Scheduled:
        """What scheduling would decide if nothing else moved."""
        return self._schedule(key, without, self._room.left_for(self._claimed[key].claim.policy))

    def copy(self) -> Places:
        """For moves that may never be made: the places that they take count for no others."""
        copied = copy(self)
        copied._shared, copied._order = self._shared.copy(), [*self._order]
        return copied

    def open(self, moving: Mapping[ResourceKey, Without]) -> None:
        """Lets all that does not ask for room take its place, unless that was done before. moving: the evictions that may begin,
        as far as is known."""
        if self._is_open:
            return
        self._is_open = True
        # Where an object that moves already is to be is on record, and reserved there.
        for key, one in self._claimed.items():
            if not self._asks(key) and (key in moving or one.previous is None or not one.previous.evictions):
                self._take(key, partial(self._schedule, key, moving.get(key, frozenset())))

    def beside(self, key: ResourceKey, without: Without) -> bool:
        """Whether an eviction finds a place beside the moves before it. If so, the place is taken."""
        return self.finds_room(key, partial(self._schedule, key, without))

    def finds_room(self, key: ResourceKey, schedule: Callable[[Taken], Scheduled]) -> bool:
        """As `beside`, for any move. schedule: what would be decided with what is left; no Binding where it finds no place."""
        if not self._asks(key):
            return True
        if self._take(key, schedule):
            self._order.append(key)
            return True
        return False

    def _asks(self, key: ResourceKey) -> bool:
        return self._room.is_needed_by(self._claimed[key].claim.policy)

    def _take(self, key: ResourceKey, schedule: Callable[[Taken], Scheduled]) -> bool:
        one = self._claimed[key]
        found = schedule(self._shared.left_for(one.claim.policy))
        self._shared.reserve(one.template, None if one.rests else found, one.previous)
        return isinstance(found, Binding)


def in_order(keys: Iterable[ResourceKey], needing: Collection[ResourceKey], first: Iterable[ResourceKey]) -> list[ResourceKey]:
    """In which order objects are decided: those without need of room, then these of those that need some, then the others."""
    rank = {key: number for number, key in enumerate(first)}
    return sorted(keys, key=lambda key: (key in needing, rank.get(key, len(rank)) if key in needing else 0))
