"""A member in memory that fails on request: for faults that a real member does not produce on demand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from datetime import datetime

from reconciler.cluster.listing import Event, Listing, Selection, selected
from reconciler.cluster.member_protocol import (
    CapacityLook,
    Measurement,
    MemberError,
    MemberUnreachableError,
    OnChange,
    Wanted,
)
from reconciler.interpreter.resource_summary import ResourceSummary
from reconciler.model.capacity import ResourceModels
from reconciler.model.changes import DeletionPropagation
from reconciler.model.federated_hpa import Metric
from reconciler.model.keys import ClusterName, GroupVersionKind, ResourceKey
from reconciler.model.live import NOTHING_UNREAD, LiveView
from reconciler.model.manifest import Manifest, key_of
from reconciler.model.object_event import ObjectEvent
from reconciler.model.tenant import ServiceAccount


class FakeMember:
    """Implements MemberClient.

    refuses: key texts of objects whose writes fail, such as `ConfigMap shop/config`; `look` makes reads fail, and `capacity`
    those of its Nodes and Pods.
    """

    def __init__(self, name: str = "m1", *objects: Manifest, refuses: Collection[str] = (), tells_health: bool = False) -> None:
        self.name = ClusterName(name)
        self.tells_health = tells_health
        self.objects: dict[ResourceKey, Manifest] = {key_of(item): item for item in objects}
        self.refuses = set(refuses)
        self.log: list[str] = []
        """Requests in the order in which they began: `apply KEY`, `delete KEY`."""
        self.propagations: dict[str, DeletionPropagation] = {}
        """Key text of each deleted object → the propagation of the request."""
        self.events: list[ObjectEvent] = []
        self.nodes: list[Manifest] = []
        self.pods: list[Manifest] = []
        self.measurements: dict[ResourceKey, Measurement] = {}
        """Nobody runs what is applied: a test adds the Pods. Those that wait for a node are pending ones of whatever workload."""
        self.most_at_once = 0
        self.closed = False
        self.is_watched = True
        self.owes_sweep = False
        self.logs: dict[str, str] = {}
        """Key text of each Job → what it says."""
        self.read_before: set[GroupVersionKind] = set()
        """The kinds of which it was asked before it was known what it must hold."""
        self.unread = NOTHING_UNREAD
        """What it holds and does not show."""
        self.told: list[tuple[Event, Listing]] = []
        """What the next `follow` tells, once."""
        self._under_way = 0

    async def discover(self, *, lacking: bool = False) -> None:
        """There is no API server."""

    async def read_ahead(self, kinds: Collection[GroupVersionKind]) -> None:
        self.read_before |= {*kinds}

    def postpone_sweep(self) -> None:
        """It holds few objects."""

    async def sweep(self) -> None:
        self.owes_sweep = False

    async def capacity(self, models: ResourceModels, now: datetime) -> CapacityLook | None:
        """Of `nodes` and `pods`; None without any node. A new look each time."""
        if "capacity" in self.refuses:
            raise MemberUnreachableError(f"{self.name} does not answer")
        if not self.nodes:
            return None
        summary = ResourceSummary()
        for node in self.nodes:
            summary.add_node(node)
        for pod in self.pods:
            summary.add_pod(pod)
        return CapacityLook(now, summary.capacity(models))

    async def look(self, wanted: Wanted) -> LiveView:
        if "look" in self.refuses:
            raise MemberUnreachableError(f"{self.name} does not answer")
        shown = {key: item for key, item in self.objects.items() if not self.unread.reason(key)}
        return LiveView(self.name, shown, unread=self.unread)

    async def look_at(self, keys: Collection[ResourceKey]) -> LiveView | None:
        """Only a whole look tells."""
        return None

    async def show(self, selection: Selection) -> list[Listing] | None:
        if "look" in self.refuses:
            raise MemberUnreachableError(f"{self.name} does not answer")
        return selected(selection, self.objects.values()) or None

    async def follow(self, selection: Selection, listing: Listing) -> AsyncIterator[tuple[Event, Listing]]:
        await asyncio.sleep(0)
        for one in (self.told.pop(0) for _ in range(len(self.told))):
            yield one

    async def waiting_pods(self, namespace: str, labels: str) -> list[Manifest]:
        self.log.append(f"pods {namespace} {labels}")
        if "pods" in self.refuses:
            raise MemberUnreachableError(f"{self.name} does not answer")
        return list(self.pods)

    async def measure(self, gvk: GroupVersionKind, key: ResourceKey, metrics: Sequence[Metric]) -> Measurement | None:
        self.log.append(f"measure {key}")
        if "measure" in self.refuses:
            raise MemberUnreachableError(f"{self.name} does not answer")
        return self.measurements.get(key)

    async def apply(self, desired: Manifest, expected: Manifest, live: Manifest | None) -> None:
        await self._request("apply", key_of(desired))
        self.objects[key_of(desired)] = expected

    async def delete(self, key: ResourceKey, live: Manifest, propagation: DeletionPropagation) -> None:
        await self._request("delete", key)
        self.propagations[str(key)] = propagation
        self.objects.pop(key, None)

    async def release(self, released: Manifest, live: Manifest) -> None:
        await self._request("release", key_of(live))
        self.objects[key_of(live)] = released

    async def preview(self, expected: Manifest, live: Manifest | None) -> Manifest:
        return expected

    async def report(self, event: ObjectEvent) -> None:
        if "report" in self.refuses:
            raise MemberUnreachableError(f"{self.name} does not answer")
        self.events.append(event)

    async def job_log(self, job: ResourceKey, mask: Callable[[str], str]) -> str:
        self.log.append(f"log {job}")
        return mask(self.logs.get(str(job), ""))

    def endpoint_slices(self) -> None:
        """There is no API server."""

    def acting_as(self, account: ServiceAccount | None) -> FakeMember:
        return self

    def on_change(self, call: OnChange) -> None:
        """No other client changes it."""

    async def close(self) -> None:
        self.closed = True

    async def _request(self, verb: str, key: ResourceKey) -> None:
        self.log.append(f"{verb} {key}")
        self._under_way += 1
        self.most_at_once = max(self.most_at_once, self._under_way)
        await asyncio.sleep(0)
        self._under_way -= 1
        if str(key) in self.refuses:
            raise MemberError(f"{key} is refused")

    def holds(self) -> Mapping[str, Manifest]:
        return {str(key): item for key, item in sorted(self.objects.items())}
