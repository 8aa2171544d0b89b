"""A member with an API server.

Every write is one server-side apply request per object (`server_side_apply.py`) and names the object that it expects, so no
foreign object is changed. What the member holds is in `live_objects.py`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from copy import copy
from dataclasses import replace
from datetime import datetime
from typing import Any

from reconciler.cluster.api_client import Api, Requests
from reconciler.cluster.cached_discovery import CachedDiscovery
from reconciler.cluster.capacity_looks import CapacityLooks
from reconciler.cluster.connection import Connection
from reconciler.cluster.discovery import Resource, Served
from reconciler.cluster.endpoint_slices import EndpointSlices
from reconciler.cluster.established import until_established
from reconciler.cluster.failures import RefusedError
from reconciler.cluster.followed_tables import follow
from reconciler.cluster.impersonation import ActingApi
from reconciler.cluster.job_log import end_of_log
from reconciler.cluster.listing import Event, Listing, Selection
from reconciler.cluster.live_objects import LiveObjects
from reconciler.cluster.measurements import measure
from reconciler.cluster.member_protocol import CapacityLook, Discovery, Measurement, MemberError, OnChange, Wanted
from reconciler.cluster.object_events import ObjectEvents
from reconciler.cluster.release import release
from reconciler.cluster.server_side_apply import server_side_apply
from reconciler.cluster.slots import ARRIVALS, Slots
from reconciler.cluster.tables import listings
from reconciler.interpreter.containers import is_definition, is_namespace
from reconciler.model.capacity import ResourceModels
from reconciler.model.changes import DeletionPropagation
from reconciler.model.federated_hpa import Metric
from reconciler.model.keys import ClusterName, GroupVersionKind, ResourceKey
from reconciler.model.live import LiveView
from reconciler.model.manifest import Manifest, gvk_of, is_terminating, key_of, text
from reconciler.model.object_event import ObjectEvent
from reconciler.model.ownership import applied_digest, owner_of
from reconciler.model.tenant import ServiceAccount


class KubernetesMember:
    """Implements MemberClient. Requests nothing before the first call."""

    tells_health = True

    def __init__(
        self,
        name: ClusterName,
        connect: Callable[[], Awaitable[Connection]],
        instance: str,
        reads: Slots | None = None,
        arrivals: Slots | None = None,
    ) -> None:
        """connect, reads: see `Api`. instance: whose objects are ours (`Settings.instance`). arrivals: of all members."""
        self.name = name
        self.api = Api(name, connect, reads)
        self._arrivals = arrivals or Slots(*ARRIVALS)
        self._has_arrived = False
        self._discovery = CachedDiscovery(self.api, lambda: self._notify(None))
        self._objects = LiveObjects(self.api, self._discovery, instance, self._notify)
        self._capacity = CapacityLooks(self.api)
        self._events = ObjectEvents(self.api, instance)
        self._slices = EndpointSlices(self.api)
        self._changed: OnChange = lambda key: None
        self._view = LiveView(name)
        """The last one."""
        self._writes: Requests = self.api
        """How writes are sent."""

    def acting_as(self, account: ServiceAccount | None) -> KubernetesMember:
        if account is None:
            return self
        acting = copy(self)  # It shares the connection, and what is known of the member.
        acting._writes = ActingApi(self.api, account)
        return acting

    @property
    def is_watched(self) -> bool:
        return self._objects.is_watched

    async def discover(self, *, lacking: bool = False) -> Discovery:
        if self._has_arrived:
            served = await self._discovery.fresh(lacking=lacking)
            if not self.owes_sweep:
                self._objects.begin_sweep(served)
            return served.facts
        give_back = await self._arrivals.take()
        try:
            served = await self._discovery.fresh(lacking=lacking)
            self._has_arrived = True
        finally:
            if not self._has_arrived or self.owes_sweep:
                give_back()
        if not self.owes_sweep:
            self._objects.begin_sweep(served).add_done_callback(lambda _: give_back())
        return served.facts

    async def read_ahead(self, kinds: Collection[GroupVersionKind]) -> None:
        self._objects.read_ahead(await self._discovery.served(), kinds)

    @property
    def owes_sweep(self) -> bool:
        return self._objects.sweeps.are_owed

    def postpone_sweep(self) -> None:
        self._objects.sweeps.postpone()

    async def sweep(self) -> None:
        await self._objects.sweep(await self._discovery.served())

    async def capacity(self, models: ResourceModels, now: datetime) -> CapacityLook:
        return await self._capacity.recent(models, now)

    async def look(self, wanted: Wanted) -> LiveView:
        records, unread = await self._objects.look(wanted)
        if records is not self._view.records or unread is not self._view.unread:
            self._view = LiveView.of_records(self.name, records, unread)
        return self._view

    async def look_at(self, keys: Collection[ResourceKey]) -> LiveView | None:
        records = await self._objects.look_at(keys)
        return LiveView.of_records(self.name, records) if records is not None else None

    async def show(self, selection: Selection) -> list[Listing] | None:
        return await listings(self.api, await self._discovery.served(), selection)

    async def follow(self, selection: Selection, listing: Listing) -> AsyncIterator[tuple[Event, Listing]]:
        async for event in follow(self.api, await self._discovery.served(), selection, listing):
            yield event

    async def waiting_pods(self, namespace: str, labels: str) -> list[Manifest]:
        query: dict[str, str | int] = {"labelSelector": labels, "fieldSelector": "status.phase=Pending", "limit": _MOST_PODS}
        return (await self.api.request("GET", f"/api/v1/namespaces/{namespace}/pods", query=query, what="list pods")).page[0]

    async def measure(self, gvk: GroupVersionKind, key: ResourceKey, metrics: Sequence[Metric]) -> Measurement:
        return await measure(self.api, await self._discovery.served(), await self._discovery.resource(gvk), key, metrics)

    async def apply(self, desired: Manifest, expected: Manifest, live: Manifest | None) -> None:
        key = key_of(expected)
        resource = await self._discovery.resource(gvk_of(expected))
        with self._objects.writing(resource, key):
            try:
                document = await server_side_apply(self._writes, resource, expected, live)
            except RefusedError as error:
                if error.status == 404:
                    self._objects.forget_namespace(key.namespace)
                if live is None and error.status == 409:
                    document = await self._already_done(resource, key, desired)
                elif live is not None and error.is_precondition_failure:
                    raise self._replaced(key) from error
                else:
                    raise
            if is_definition(resource.gvk):
                await until_established(self.api, self._discovery, resource, key)
            self._objects.note(resource, key, document)

    async def preview(self, expected: Manifest, live: Manifest | None) -> Manifest:
        resource = await self._discovery.resource(gvk_of(expected))
        return await server_side_apply(self._writes, resource, expected, live, dry_run=True)

    async def delete(self, key: ResourceKey, live: Manifest, propagation: DeletionPropagation) -> None:
        resource = await self._discovery.resource(gvk_of(live))
        with self._objects.writing(resource, key):
            await self._delete(resource, key, live, propagation)

    async def _delete(self, resource: Resource, key: ResourceKey, live: Manifest, propagation: DeletionPropagation) -> None:
        options = {"propagationPolicy": propagation, "preconditions": {"uid": text(live, "metadata", "uid")}}
        try:
            answer = await self._writes.request("DELETE", resource.path_of(key), body=options, what=f"delete {key}")
        except RefusedError as error:
            if error.status == 409:
                raise self._replaced(key) from error
            if error.status != 404:
                raise
        else:
            if text(answer.document, "kind") != "Status":  # The object, which is what a server returns while something holds it.
                document = answer.object(key)
                if is_terminating(document):  # A finalizer or a dependent still holds it.
                    self._objects.note(resource, key, document)
                    return
        self._objects.forget(key)

    async def release(self, released: Manifest, live: Manifest) -> None:
        key = key_of(live)
        resource = await self._discovery.resource(gvk_of(live))
        with self._objects.writing(resource, key):
            try:
                await release(self._writes, resource, released, live)
            except RefusedError as error:
                if error.is_precondition_failure:
                    raise self._replaced(key) from error
                raise
            self._objects.forget(key)

    async def report(self, event: ObjectEvent) -> None:
        uid = self._objects.uid_of(event.gvk, event.key)
        await self._events.write(replace(event, uid=uid) if uid else event)

    def endpoint_slices(self) -> EndpointSlices:
        return self._slices

    async def job_log(self, job: ResourceKey, mask: Callable[[str], str]) -> str:
        return await end_of_log(self.api, job, mask)

    async def connection(self) -> Connection:
        """For a program that connects by itself. Raises MemberError."""
        return await self.api.connected()

    async def kinds(self) -> Served:
        """Everything that the server serves. Raises as `look`."""
        return await self._discovery.fresh()

    def on_change(self, call: OnChange) -> None:
        self._changed = call

    def _notify(self, key: ResourceKey | None) -> None:
        self._changed(key)

    async def close(self) -> None:
        await self._discovery.close()
        await self._objects.close()
        await self._slices.close()
        await self.api.close()

    async def _already_done(self, resource: Resource, key: ResourceKey, desired: Manifest) -> dict[str, Any]:
        """The object that exists where none was expected, if it is the result of our own write whose answer was lost.

        Raises MemberError where it is another object.
        """
        document = (await self.api.request("GET", resource.path_of(key), what=f"get {key}")).object(key)
        instance = owner_of(desired)
        if is_namespace(key) and not instance:
            return document  # Another client created the namespace; we only need it to exist.
        if instance and owner_of(document) == instance and applied_digest(document) == applied_digest(desired):
            return document
        raise MemberError(f"{self.name}: another client created {key} since the last look", remedy="The next pass decides again.")

    def _replaced(self, key: ResourceKey) -> MemberError:
        return MemberError(f"{self.name}: {key} was deleted or replaced after this was planned", remedy="Run again.")


_MOST_PODS = 500
"""Of one list: the rest of a workload with more Pods that wait is seen later."""
