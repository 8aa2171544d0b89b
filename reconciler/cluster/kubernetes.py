"""A member with an API server.

Everything is written by server-side apply, one request an object, with field manager `reconciler`. Each write says what it
expects to find: a new object must not exist (its statement names a resource version that no object can have), one that is there
must be the very one that was planned for (its uid). So nothing foreign is touched, whatever happened since we looked.

What the member holds is followed by watches, one per kind in use; see `watch.py`. Which kinds those are is known from what is
wanted, and once per connection every kind that the server serves is asked for objects that carry our marks: a process that was
killed, or a status branch that was lost, may have left some that nobody remembers.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kubernetes.aio.client.api_client import ApiClient

from reconciler.cluster.api import APPLY, MERGE, Api
from reconciler.cluster.client import Discovery, MemberError, Wanted
from reconciler.cluster.concurrency import at_most
from reconciler.cluster.contents import contents_of, metadata_list
from reconciler.cluster.discovery import Resource, Served, discover
from reconciler.cluster.failures import RefusedError
from reconciler.cluster.listing import Listing, Selection
from reconciler.cluster.packed_objects import PackedObject, packed
from reconciler.cluster.tables import listings
from reconciler.cluster.watch import KindWatch
from reconciler.interpreter.containers import (
    NAMESPACE_TYPE,
    is_container,
    is_definition,
    is_namespace,
    namespace_key,
    served_kinds,
)
from reconciler.model.autoscaling import SCALERS
from reconciler.model.changes import DeletionPropagation
from reconciler.model.keys import ClusterName, GroupVersionKind, ResourceKey
from reconciler.model.live import LiveView
from reconciler.model.managed_fields import MANAGER
from reconciler.model.manifest import Manifest, gvk_of, is_going, key_of, mapping, sequence, text
from reconciler.model.ownership import DIGEST_ANNOTATION, ID_ANNOTATION, INSTANCE_LABEL, applied_digest, owner_of

_NEVER = "1"
"""A resource version that no object of a cluster has: a statement with it creates, or is refused."""
_FEW = 8
"""Up to so many objects of a kind are asked for one by one; for more, the kind is listed."""
_DISCOVERY_LASTS = 600.0
"""Seconds for which what a member serves is taken for granted, unless something asks for a kind that it did not serve."""
_ESTABLISHED_WITHIN = 30.0
"""Seconds for a definition to be served after it was applied."""
_FORCED = {"fieldManager": MANAGER, "force": "true"}


@dataclass(frozen=True, slots=True)
class _Asked:
    """What follows from what is wanted, for as long as the same is."""

    wanted: Wanted
    kinds: frozenset[GroupVersionKind]
    everything: Wanted
    """With the namespaces that it needs."""

    @classmethod
    def of(cls, wanted: Wanted) -> _Asked:
        namespaces = [namespace_key(name) for name in {key.namespace for key in wanted} if name]
        return cls(wanted, frozenset(wanted.values()), {**dict.fromkeys(namespaces, NAMESPACE_TYPE), **wanted})


class KubernetesMember:
    """Implements ClusterClient. Nothing is asked before the first call."""

    tells_health = True

    def __init__(self, name: ClusterName, connect: Callable[[], Awaitable[ApiClient]], instance: str) -> None:
        """connect: see `Api`. instance: whose objects are ours (`Settings.instance`)."""
        self.name = name
        self.api = Api(name, connect)
        self._instance = instance
        self._served: Served | None = None
        self._shown: Served | None = None
        """What `show` finds kinds in; an extension API server that is down hides its own kinds only."""
        self._discovering = asyncio.Lock()
        self._watches: dict[GroupVersionKind, KindWatch] = {}
        self._sweep: asyncio.Task[list[Resource]] | None = None
        self._discovered_at = 0.0
        self._asked = _Asked.of({})
        self._foreign: dict[ResourceKey, PackedObject] = {}
        self._changed: Callable[[], None] = lambda: None

    async def discover(self) -> Discovery:
        """Anew after a while: whoever runs the member may have installed kinds, or another version."""
        old = self._served is not None and time.monotonic() - self._discovered_at > _DISCOVERY_LASTS
        served = await (self._rediscovered() if old else self.served())
        self._begin_sweep(served)
        return served.facts

    async def served(self) -> Served:
        """What the server serves, as it was found out last."""
        if self._served is not None:
            return self._served
        async with self._discovering:
            if self._served is None:
                self._served = await discover(self.api)
                self._discovered_at = time.monotonic()
            return self._served

    async def look(self, wanted: Wanted) -> LiveView:
        asked = self._asked = self._asked if self._asked.wanted is wanted else _Asked.of(wanted)
        served = await self.served()
        if any(gvk not in served.resources for gvk in asked.kinds):
            served = await self._rediscovered()
        await self._follow(served.resources[gvk] for gvk in asked.kinds if gvk in served.resources)
        await self._follow(served.preferred[kind] for kind in SCALERS if kind in served.preferred)
        await self._follow(await self._swept(served))
        records = self._records(wanted)
        records |= await self._look_for({key: gvk for key, gvk in asked.everything.items() if key not in records}, served)
        containers = [
            record
            for record in records.values()
            if is_container(record.key) and record.instance == self._instance and record.key not in wanted
        ]
        for content in await contents_of(self.api, served, containers):
            records.setdefault(content.key, content)
        return LiveView.of_records(self.name, records)

    async def show(self, selection: Selection) -> list[Listing] | None:
        async with self._discovering:
            if self._shown is None:
                self._shown = self._served or await discover(self.api, whole=False)
        return await listings(self.api, self._shown, selection)

    async def apply(self, desired: Manifest, expected: Manifest, live: Manifest | None) -> None:
        key = key_of(expected)
        resource = await self._resource(gvk_of(expected))
        try:
            document = await self._state(resource, expected, live)
        except RefusedError as error:
            if error.status == 404:
                self._foreign.pop(namespace_key(key.namespace), None)
            if live is None and error.status == 409:
                document = await self._already_done(resource, key, desired)
            elif live is not None and _is_another(error):
                raise self._changed_hands(key) from error
            else:
                raise
        if is_definition(resource.gvk):
            await self._until_established(resource, key)
        self._note(resource, document)

    async def preview(self, expected: Manifest, live: Manifest | None) -> Manifest:
        resource = await self._resource(gvk_of(expected))
        document: dict[str, Any] = await self._state(resource, expected, live, {"dryRun": "All"})
        return document

    async def delete(self, key: ResourceKey, live: Manifest, propagation: DeletionPropagation) -> None:
        resource = await self._resource(gvk_of(live))
        options = {"propagationPolicy": propagation, "preconditions": {"uid": text(live, "metadata", "uid")}}
        try:
            answer = await self.api.request("DELETE", resource.path_of(key), body=options, what=f"delete {key}")
        except RefusedError as error:
            if error.status == 409:
                raise self._changed_hands(key) from error
            if error.status != 404:
                raise
        else:
            if is_going(answer.document):  # Something still holds it: it is there, on its way out.
                self._note(resource, answer.document)
                return
        for watch in self._watches_of(key):
            watch.forget(key)

    async def release(self, released: Manifest, live: Manifest) -> None:
        key = key_of(live)
        resource = await self._resource(gvk_of(live))
        marks = {
            "uid": text(live, "metadata", "uid"),
            "labels": {INSTANCE_LABEL: None},
            "annotations": {ID_ANNOTATION: None, DIGEST_ANNOTATION: None},
        }
        path, query = resource.path_of(key), {"fieldManager": MANAGER}
        try:
            await self.api.request(
                "PATCH", path, query=query, body={"metadata": marks}, content_type=MERGE, what=f"release {key}"
            )
        except RefusedError as error:
            if _is_another(error):
                raise self._changed_hands(key) from error
            if error.status != 404:
                raise
        for watch in self._watches_of(key):
            watch.forget(key)

    def on_change(self, call: Callable[[], None]) -> None:
        self._changed = call

    def _tell(self) -> None:
        self._changed()

    async def close(self) -> None:
        if self._sweep is not None:
            self._sweep.cancel()
            await asyncio.gather(self._sweep, return_exceptions=True)
        await asyncio.gather(*[watch.close() for watch in self._watches.values()])
        await self.api.close()

    async def _state(
        self, resource: Resource, statement: Manifest, live: Manifest | None, more: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """The object after server-side apply of a statement to the one that we think is there."""
        key = key_of(statement)
        found = {"resourceVersion": _NEVER} if live is None else {"uid": text(live, "metadata", "uid")}
        body = {**statement, "metadata": {**mapping(statement, "metadata"), **found}}
        query = {**_FORCED, **(more or {})}
        answer = await self.api.request(
            "PATCH", resource.path_of(key), query=query, body=body, content_type=APPLY, what=f"apply {key}"
        )
        document: dict[str, Any] = answer.document
        return document

    async def _already_done(self, resource: Resource, key: ResourceKey, desired: Manifest) -> dict[str, Any]:
        """What is there where nothing should be: our own write, if only its answer was lost. Raises MemberError otherwise."""
        document: dict[str, Any] = (await self.api.request("GET", resource.path_of(key), what=f"get {key}")).document
        marked = owner_of(desired)
        if is_namespace(key) and not marked:
            return document  # Somebody else made the namespace meanwhile; that is all we need of it.
        if marked and owner_of(document) == marked and applied_digest(document) == applied_digest(desired):
            return document
        self._foreign[key] = packed(document)
        raise MemberError(f"{self.name}: {key} came to exist there since we looked", remedy="The next pass decides what to do.")

    def _changed_hands(self, key: ResourceKey) -> MemberError:
        return MemberError(f"{self.name}: {key} is not the object any more that was planned for", remedy="Run again.")

    async def _resource(self, gvk: GroupVersionKind) -> Resource:
        served = await self.served()
        resource = served.resources.get(gvk) or (await self._rediscovered()).resources.get(gvk)
        if resource is None:
            other = served.preferred.get((gvk.group, gvk.kind))
            remedy = f"Write it in {other.gvk.api_version}." if other else "Place its CustomResourceDefinition there, too."
            raise MemberError(f"{self.name} does not serve {gvk}", remedy=remedy)
        return resource

    async def _rediscovered(self) -> Served:
        async with self._discovering:
            self._served = await discover(self.api)
            self._discovered_at = time.monotonic()
            return self._served

    async def _follow(self, resources: Iterable[Resource]) -> None:
        """Watches of these kinds, in step with the server."""
        for resource in resources:
            if resource.gvk not in self._watches:
                whole = (resource.gvk.group, resource.gvk.kind) in SCALERS
                selector = "" if whole else f"{INSTANCE_LABEL}={self._instance}"
                self._watches[resource.gvk] = KindWatch(self.api, resource, selector, self._tell)
        await asyncio.gather(*[watch.synced() for watch in self._watches.values()])

    def _begin_sweep(self, served: Served) -> asyncio.Task[list[Resource]]:
        """Once per connection, beside whatever is done until somebody looks."""
        if self._sweep is None:
            self._sweep = asyncio.create_task(self._kinds_of_ours(served))
        return self._sweep

    async def _swept(self, served: Served) -> list[Resource]:
        """The kinds that were found to hold ours. Raises MemberError; then they are looked for anew the next time."""
        sweep = self._begin_sweep(served)
        try:
            return await sweep
        except MemberError:
            self._sweep = None
            raise

    async def _kinds_of_ours(self, served: Served) -> list[Resource]:
        """Kinds of which there are objects of ours, beside those that are watched already."""

        async def holds_ours(resource: Resource) -> bool:
            query = {"labelSelector": f"{INSTANCE_LABEL}={self._instance}"}
            try:
                found = await metadata_list(self.api, resource, resource.path(), {**query, "limit": "1"})
                if found and found[0].instance != self._instance:  # A copied label; there may be others behind it.
                    found = await metadata_list(self.api, resource, resource.path(), query)
            except RefusedError as error:
                if error.status == 403:  # A kind that a narrow role leaves out: nothing of it can be ours to tend.
                    return False
                raise
            return any(record.instance == self._instance for record in found)

        watched = {(gvk.group, gvk.kind) for gvk in self._watches}
        asked = [
            resource
            for kind, resource in served.preferred.items()
            if kind not in watched and resource.verbs >= {"watch", "patch", "delete"} and kind not in _EPHEMERAL
        ]
        holding = await at_most([holds_ours(resource) for resource in asked])
        return [resource for resource, ours in zip(asked, holding, strict=True) if ours]

    def _records(self, wanted: Wanted) -> dict[ResourceKey, PackedObject]:
        """What the watches know; of a kind that is watched in two versions, the one that is wanted."""
        records: dict[ResourceKey, PackedObject] = {}
        kinds = Counter((gvk.group, gvk.kind) for gvk in self._watches)
        for gvk, watch in self._watches.items():
            if kinds[gvk.group, gvk.kind] == 1:
                records.update(watch.records)
            else:
                records |= {key: one for key, one in watch.records.items() if key not in records or wanted.get(key) == gvk}
        return records

    async def _look_for(self, missing: Wanted, served: Served) -> dict[ResourceKey, PackedObject]:
        """Objects that are wanted, do not carry our label and exist all the same."""
        known = {key: self._foreign[key] for key in missing if is_namespace(key) and key in self._foreign}
        by_kind: dict[GroupVersionKind, list[ResourceKey]] = {}
        for key, gvk in missing.items():
            if key not in known and gvk in served.resources:
                by_kind.setdefault(gvk, []).append(key)
        asked = [self._those_that_exist(served.resources[gvk], keys) for gvk, keys in by_kind.items()]
        there = [found for some in await at_most(asked) for found in some]
        full = await at_most([self._get(served.resources[missing[key]], key) for key in there])
        for record in full:
            if record is not None:
                known[record.key] = self._foreign[record.key] = record
        return known

    async def _those_that_exist(self, resource: Resource, keys: Collection[ResourceKey]) -> list[ResourceKey]:
        if len(keys) <= _FEW:
            return list(keys)
        namespaces = {key.namespace for key in keys}
        places = [resource.path(name) for name in namespaces] if len(namespaces) <= _FEW else [resource.path()]
        found = [await metadata_list(self.api, resource, place, {}) for place in places]
        return sorted({record.key for some in found for record in some}.intersection(keys))

    async def _get(self, resource: Resource, key: ResourceKey) -> PackedObject | None:
        try:
            return packed((await self.api.request("GET", resource.path_of(key), what=f"get {key}")).document)
        except RefusedError as error:
            if error.status == 404:
                return None
            raise

    async def _until_established(self, resource: Resource, key: ResourceKey) -> None:
        """A definition is served a moment after it was stored; objects of its kind come next."""
        for _ in range(int(_ESTABLISHED_WITHIN / _GLANCE)):
            document = (await self.api.request("GET", resource.path_of(key), what=f"get {key}")).document
            conditions = {text(item, "type"): item for item in sequence(document, "status", "conditions")}
            if text(conditions.get("Established"), "status") == "True":
                break
            if text(conditions.get("NamesAccepted"), "status") == "False":
                raise MemberError(f"{self.name}: {key}: {text(conditions['NamesAccepted'], 'message')}")
            await asyncio.sleep(_GLANCE)
        else:
            raise MemberError(f"{self.name}: {key} was applied and is not Established after {_ESTABLISHED_WITHIN:.0f} s")
        wanted = served_kinds(document)
        for _ in range(int(_ESTABLISHED_WITHIN / _GLANCE)):
            if wanted <= (await self._rediscovered()).resources.keys():
                return
            await asyncio.sleep(_GLANCE)
        raise MemberError(f"{self.name}: the kinds of {key} are not served after {_ESTABLISHED_WITHIN:.0f} s")

    def _note(self, resource: Resource, document: Mapping[str, Any]) -> None:
        key, watch = key_of(document), self._watches.get(resource.gvk)
        if watch is not None and INSTANCE_LABEL in mapping(document, "metadata", "labels"):
            watch.note(key, document)
            self._foreign.pop(key, None)
        else:
            self._foreign[key] = packed(document)

    def _watches_of(self, key: ResourceKey) -> list[KindWatch]:
        return [watch for gvk, watch in self._watches.items() if (gvk.group, gvk.kind) == (key.group, key.kind)]


def _is_another(error: RefusedError) -> bool:
    """Whether the object has another uid than the one that was named, or is gone."""
    return error.status in (404, 409) or (error.status == 422 and "metadata.uid" in error.message)


_GLANCE = 0.1
"""Seconds between looks at a definition that was just applied."""
_EPHEMERAL = frozenset({("", "Event"), ("events.k8s.io", "Event"), ("coordination.k8s.io", "Lease")})
"""(group, kind) that nobody propagates and of which there are many."""
