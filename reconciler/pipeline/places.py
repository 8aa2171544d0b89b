"""Where objects that leave a member would go: by themselves, and beside each other.

What is left of the capacity of members is shared by all evictions of a pass. They take it before other decisions do, in the order
in which they are admitted, so that none begins that would find its place taken. What does not ask for room comes before all that
does, as in the pass itself.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
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
        self._found: dict[ResourceKey, bool] = {}

    @property
    def order(self) -> tuple[ResourceKey, ...]:
        """The objects that took room, in the order in which they are to be decided."""
        return tuple(key for key, found in self._found.items() if found)

    @property
    def are_limited(self) -> bool:
        """Whether one object can take the place of another."""
        return self._room.is_observed

    def alone(self, key: ResourceKey, without: Without) -> Scheduled:
        """What scheduling would decide if nothing else moved."""
        return self._schedule(key, without, self._room.left_for(self._claimed[key].claim.policy))

    def open(self, moving: Mapping[ResourceKey, Without]) -> None:
        """Lets all that does not ask for room take its place. moving: the evictions that may begin, as far as is known."""
        free = (key for key in self._claimed if not self._asks(key))
        # Where an object that moves already is to be is on record, and reserved there.
        for key in free:
            last = self._claimed[key].previous
            if key in moving or last is None or not last.evictions:
                self._take(key, moving.get(key, frozenset()))

    def beside(self, key: ResourceKey, without: Without) -> bool:
        """Whether it finds a place beside the objects that were asked about before it. If so, the place is taken."""
        if key not in self._found:
            self._found[key] = self._take(key, without) if self._asks(key) else True
        return self._found[key]

    def _asks(self, key: ResourceKey) -> bool:
        return self._room.is_needed_by(self._claimed[key].claim.policy)

    def _take(self, key: ResourceKey, without: Without) -> bool:
        one, room = self._claimed[key], self._shared
        found = self._schedule(key, without, room.left_for(one.claim.policy))
        room.reserve(one.template, None if one.rests else found, one.previous)
        return not isinstance(found, Unschedulable)


def in_order(keys: Iterable[ResourceKey], needing: Collection[ResourceKey], first: Iterable[ResourceKey]) -> list[ResourceKey]:
    """In which order objects are decided: those without need of room, then these of those that need some, then the others."""
    rank = {key: number for number, key in enumerate(first)}
    return sorted(keys, key=lambda key: (key in needing, rank.get(key, len(rank)) if key in needing else 0))
