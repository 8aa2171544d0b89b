"""Which Events are about objects with certain labels, or about what owns one of them. An Event does not say the labels itself."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import TypeAlias

from reconciler.cluster.listing import Listing
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import sequence, text
from reconciler.review.get import GetResult
from reconciler.review.live.event_causes import FleetEvent

_Object: TypeAlias = tuple[ClusterName, str, str, str]
"""Member, kind, namespace and name."""
_WAITING = 1000
"""Events that may wait for their objects: more are of others."""


class LabelledEvents:
    """Chooses Events while objects come: the first Event about an object may be told before the object itself."""

    def __init__(self, labelled: GetResult) -> None:
        """labelled: the objects that are there, of the kinds whose Events are wanted."""
        self._objects: set[_Object] = set()
        self._waiting: deque[FleetEvent] = deque(maxlen=_WAITING)
        for block in labelled.blocks:
            for name, listing in block.listings.items():
                self.add(name, listing)

    def add(self, name: ClusterName, listing: Listing) -> list[FleetEvent]:
        """Returns the Events that waited for these objects."""
        self._objects.update(_with_owners(name, listing))
        ready = [event for event in self._waiting if self.has(event)]
        for event in ready:
            self._waiting.remove(event)
        return ready

    def has(self, event: FleetEvent) -> bool:
        """Whether it is about one of the objects."""
        return (event.cluster, event.kind, event.namespace, event.name) in self._objects

    def wait(self, event: FleetEvent) -> None:
        """Until an object comes that it is about; of very many, the newest do."""
        self._waiting.append(event)


def _with_owners(name: ClusterName, listing: Listing) -> Iterator[_Object]:
    for row in listing.rows:
        yield name, listing.gvk.kind, row.namespace, row.name
        for owner in sequence(row.object, "metadata", "ownerReferences"):
            yield name, text(owner, "kind"), row.namespace, text(owner, "name")
