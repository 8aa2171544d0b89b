"""Events of all members, folded by cause: the same reason at objects of one kind, with messages that differ in names only.

A Deployment with a broken image makes an Event for each Pod on each member. They have one cause, and are one line here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from reconciler.model.cluster import parse_moment
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import Manifest, get, mapping, text

_BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FleetEvent:
    """One Event of one member (Kubernetes: events.k8s.io/v1, and the older form in v1)."""

    cluster: ClusterName
    last: datetime
    """When it happened last, in whole seconds."""
    type: str
    """Normal or Warning."""
    reason: str
    kind: str
    namespace: str
    name: str
    """Of the object that it is about."""
    message: str
    count: int
    identity: tuple[str, str]
    """Its uid and resource version."""

    @property
    def object(self) -> str:
        return f"{self.kind.lower()}/{self.name}"

    @property
    def pattern(self) -> str:
        """The message with `…` in place of what differs between objects: their names, and what controllers append to names."""
        named = re.sub(rf"(?<![\w-]){re.escape(self.name)}(?![\w-])", "…", self.message) if self.name else self.message
        return _APPENDED.sub("-…", _UID.sub("…", named))


@dataclass(frozen=True, slots=True)
class Cause:
    """Events that say the same."""

    events: tuple[FleetEvent, ...]
    """At least one; by time, then by member and object."""

    @property
    def newest(self) -> FleetEvent:
        return self.events[-1]

    @property
    def count(self) -> int:
        """How often it happened."""
        return sum(event.count for event in self.events)

    @property
    def clusters(self) -> tuple[ClusterName, ...]:
        return tuple(sorted({event.cluster for event in self.events}))

    @property
    def objects(self) -> tuple[tuple[str, str], ...]:
        """(namespace, kind/name), sorted. The copies of an object on several members count once."""
        return tuple(sorted({(event.namespace, event.object) for event in self.events}))

    @property
    def message(self) -> str:
        """The message itself where all have the same, else its pattern."""
        return self.newest.message if len({event.message for event in self.events}) == 1 else self.newest.pattern


def event_of(cluster: ClusterName, manifest: Manifest) -> FleetEvent:
    about = mapping(manifest, "involvedObject") or mapping(manifest, "regarding")
    moments = (
        text(manifest, "series", "lastObservedTime"),
        text(manifest, "lastTimestamp"),
        text(manifest, "deprecatedLastTimestamp"),
        text(manifest, "eventTime"),
        text(manifest, "metadata", "creationTimestamp"),
    )
    count = get(manifest, "series", "count") or get(manifest, "count") or get(manifest, "deprecatedCount")
    return FleetEvent(
        cluster,
        next((moment for moment in map(parse_moment, filter(None, moments)) if moment is not None), _BEGINNING),
        text(manifest, "type"),
        text(manifest, "reason"),
        text(about, "kind"),
        text(about, "namespace"),
        text(about, "name"),
        (text(manifest, "message") or text(manifest, "note")).strip(),
        count if isinstance(count, int) and count > 0 else 1,
        (text(manifest, "metadata", "uid"), text(manifest, "metadata", "resourceVersion")),
    )


def causes_of(events: Iterable[FleetEvent]) -> list[Cause]:
    """Sorted by the time of the newest Event, the newest last, as kubectl prints them."""
    by_cause: dict[tuple[str, str, str, str], list[FleetEvent]] = {}
    for event in sorted(events, key=_order):
        by_cause.setdefault((event.type, event.reason, event.kind, event.pattern), []).append(event)
    return sorted((Cause(tuple(same)) for same in by_cause.values()), key=lambda cause: _order(cause.newest))


def _order(event: FleetEvent) -> tuple[object, ...]:
    return (event.last, event.cluster, event.namespace, event.object, event.type, event.reason, event.message, event.identity)


_RANDOM = "[bcdfghjklmnpqrstvwxz2456789]"
"""Letters and digits that form no word (apimachinery: rand.String)."""
_APPENDED = re.compile(rf"(?:-{_RANDOM}{{6,10}})?-{_RANDOM}{{5}}\b|-{_RANDOM}{{8,10}}\b")
"""What controllers append to the names of ReplicaSets and Pods."""
_UID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
