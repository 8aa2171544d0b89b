"""Writes of ours that are under way, and what a watch delivers of their objects meanwhile.

The event of a write may arrive before the answer to it. It says nothing new, and is recognized by its resource version once the
answer is there. Until then, everything that the watch tells of the object is held back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from reconciler.model.keys import ResourceKey

_DELETED = -1
"""In place of a resource version: the object is gone."""


@dataclass(slots=True)
class _Write:
    delivered: list[int] = field(default_factory=list)
    """Resource versions of the events that were held back."""
    results: set[int] = field(default_factory=set)
    """Resource versions of the answers."""
    requests: int = 0
    """How many are under way."""


class OwnWrites:
    """Of one kind of one member."""

    def __init__(self, changed: Callable[[ResourceKey], None]) -> None:
        """changed: called after a write during which another client changed the object, too."""
        self._changed = changed
        self._writes: dict[ResourceKey, _Write] = {}

    @contextmanager
    def under_way(self, key: ResourceKey) -> Iterator[None]:
        """Around a request that writes the object, and `stored` or `deleted` for its answer."""
        write = self._writes.setdefault(key, _Write())
        write.requests += 1
        try:
            yield
        finally:
            write.requests -= 1
            if not write.requests:
                del self._writes[key]
                if not write.results.issuperset(write.delivered):
                    self._changed(key)

    def stored(self, key: ResourceKey, version: int) -> None:
        """The server returned the object in this version. Without effect outside of `under_way`."""
        if (write := self._writes.get(key)) is not None:
            write.results.add(version)

    def deleted(self, key: ResourceKey) -> None:
        """The server deleted the object. Without effect outside of `under_way`."""
        self.stored(key, _DELETED)

    def holds_back(self, key: ResourceKey, version: int | None) -> bool:
        """Takes an event of the watch; False where no write to the object is under way. version: None for a deletion."""
        write = self._writes.get(key)
        if write is None:
            return False
        write.delivered.append(_DELETED if version is None else version)
        return True
