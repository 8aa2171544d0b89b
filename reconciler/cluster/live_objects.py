"""The objects of one member with an API server, as far as passes need them; they stay in memory between passes.

| Objects | How they are read |
|---|---|
| with our label, of kinds that are wanted or that have objects of ours | one reflector per kind: a list, then a watch |
| that scale workloads, with any label | one reflector per kind |
| wanted, and without our label | one request each, or one list of metadata for many of a kind |
| held by a Namespace or definition of ours that is no longer wanted | one list of metadata per kind (`contents.py`) |

Where nothing changes, a look costs requests only for the last two.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.cluster.api import Api
from reconciler.cluster.cached_discovery import CachedDiscovery
from reconciler.cluster.client import MemberError, Wanted
from reconciler.cluster.concurrency import at_most
from reconciler.cluster.contents import contents_of, metadata_list
from reconciler.cluster.discovery import Resource, Served
from reconciler.cluster.failures import RefusedError
from reconciler.cluster.packed_objects import PackedObject, packed
from reconciler.cluster.reflector import Reflector
from reconciler.cluster.sweep import kinds_with_our_objects
from reconciler.interpreter.containers import NAMESPACE_TYPE, is_container, is_namespace, namespace_key
from reconciler.model.autoscaling import SCALERS
from reconciler.model.keys import GroupVersionKind, ResourceKey
from reconciler.model.manifest import key_of, mapping
from reconciler.model.ownership import INSTANCE_LABEL

_FEW = 8
"""Up to this many objects of a kind are requested one by one; for more, the kind is listed."""


@dataclass(frozen=True, slots=True)
class _Query:
    """What follows from the wanted objects; kept while they are the same."""

    wanted: Wanted
    kinds: frozenset[GroupVersionKind]
    everything: Wanted
    """The wanted objects and the namespaces that they need."""

    @classmethod
    def of(cls, wanted: Wanted) -> _Query:
        namespaces = [namespace_key(name) for name in {key.namespace for key in wanted} if name]
        return cls(wanted, frozenset(wanted.values()), {**dict.fromkeys(namespaces, NAMESPACE_TYPE), **wanted})


class LiveObjects:
    """Requests nothing before the first `look` or `begin_sweep`; end it by `close`."""

    def __init__(self, api: Api, discovery: CachedDiscovery, instance: str, changed: Callable[[], None]) -> None:
        """instance: whose objects are ours (`Settings.instance`). changed: called when another client changed an object."""
        self._api = api
        self._discovery = discovery
        self._instance = instance
        self._changed = changed
        self._reflectors: dict[GroupVersionKind, Reflector] = {}
        self._namespaces: dict[ResourceKey, PackedObject] = {}
        """Namespaces without our label, as they were last read. They are not read again: it is enough that they exist."""
        self._sweep: asyncio.Task[list[Resource]] | None = None
        self._query = _Query.of({})

    async def look(self, wanted: Wanted) -> dict[ResourceKey, PackedObject]:
        """All objects of the table above. Raises MemberError where one of them cannot be read."""
        query = self._query = self._query if self._query.wanted is wanted else _Query.of(wanted)
        served = await self._discovery.covering(query.kinds)
        await self._reflect(served.resources[gvk] for gvk in query.kinds if gvk in served.resources)
        await self._reflect(served.preferred[kind] for kind in SCALERS if kind in served.preferred)
        await self._reflect(await self._swept(served))
        records = self._records(wanted)
        missing = {key: gvk for key, gvk in query.everything.items() if key not in records}
        records |= await self._read_unlabelled(missing, served)
        for content in await contents_of(self._api, served, self._unwanted_containers(records, wanted)):
            records.setdefault(content.key, content)
        return records

    def begin_sweep(self, served: Served) -> asyncio.Task[list[Resource]]:
        """Looks for kinds with objects of ours, once per connection. The task runs while the caller does something else."""
        if self._sweep is None:
            reflected = {(gvk.group, gvk.kind) for gvk in self._reflectors}
            self._sweep = asyncio.create_task(kinds_with_our_objects(self._api, served, self._instance, reflected))
        return self._sweep

    def note(self, resource: Resource, document: Mapping[str, Any]) -> None:
        """Remembers the object that the server returned for a write of ours."""
        key, reflector = key_of(document), self._reflectors.get(resource.gvk)
        if reflector is not None and INSTANCE_LABEL in mapping(document, "metadata", "labels"):
            reflector.note(key, document)
            self._namespaces.pop(key, None)
        elif is_namespace(key):
            self._namespaces[key] = packed(document)

    def forget(self, key: ResourceKey) -> None:
        """The object was deleted, or does not carry our label any more."""
        for gvk, reflector in self._reflectors.items():
            if (gvk.group, gvk.kind) == (key.group, key.kind):
                reflector.forget(key)

    def forget_namespace(self, name: str) -> None:
        """The server did not find the namespace; the next look reads it again."""
        self._namespaces.pop(namespace_key(name), None)

    async def close(self) -> None:
        if self._sweep is not None:
            self._sweep.cancel()
            await asyncio.gather(self._sweep, return_exceptions=True)
        await asyncio.gather(*[reflector.close() for reflector in self._reflectors.values()])

    async def _reflect(self, resources: Iterable[Resource]) -> None:
        """Returns when reflectors of these kinds exist and all reflectors are synced."""
        for resource in resources:
            if resource.gvk not in self._reflectors:
                whole = (resource.gvk.group, resource.gvk.kind) in SCALERS
                selector = "" if whole else f"{INSTANCE_LABEL}={self._instance}"
                self._reflectors[resource.gvk] = Reflector(self._api, resource, selector, self._changed)
        await asyncio.gather(*[reflector.synced() for reflector in self._reflectors.values()])

    async def _swept(self, served: Served) -> list[Resource]:
        """The result of the sweep. Raises MemberError; then the next look sweeps again."""
        sweep = self.begin_sweep(served)
        try:
            return await sweep
        except MemberError:
            self._sweep = None
            raise

    def _records(self, wanted: Wanted) -> dict[ResourceKey, PackedObject]:
        """The records of all reflectors. Where a kind is reflected in two versions, each object in the version that is wanted."""
        records: dict[ResourceKey, PackedObject] = {}
        kinds = Counter((gvk.group, gvk.kind) for gvk in self._reflectors)
        for gvk, reflector in self._reflectors.items():
            if kinds[gvk.group, gvk.kind] == 1:
                records.update(reflector.records)
            else:
                records |= {key: one for key, one in reflector.records.items() if key not in records or wanted.get(key) == gvk}
        return records

    async def _read_unlabelled(self, missing: Wanted, served: Served) -> dict[ResourceKey, PackedObject]:
        """Those of the missing objects that exist, although they do not carry our label."""
        records = {key: self._namespaces[key] for key in missing if key in self._namespaces}
        by_kind: dict[GroupVersionKind, list[ResourceKey]] = {}
        for key, gvk in missing.items():
            if key not in records and gvk in served.resources:
                by_kind.setdefault(gvk, []).append(key)
        listed = await at_most([self._candidates(served.resources[gvk], keys) for gvk, keys in by_kind.items()])
        candidates = [key for keys in listed for key in keys]
        for record in await at_most([self._get(served.resources[missing[key]], key) for key in candidates]):
            if record is not None:
                records[record.key] = record
                if is_namespace(record.key):
                    self._namespaces[record.key] = record
        return records

    async def _candidates(self, resource: Resource, keys: Collection[ResourceKey]) -> list[ResourceKey]:
        """Those of many objects of a kind that exist; of a few, all, because a request for each costs no more."""
        if len(keys) <= _FEW:
            return list(keys)
        namespaces = {key.namespace for key in keys}
        paths = [resource.path(name) for name in namespaces] if len(namespaces) <= _FEW else [resource.path()]
        lists = [await metadata_list(self._api, resource, path, {}) for path in paths]
        return sorted({record.key for records in lists for record in records}.intersection(keys))

    async def _get(self, resource: Resource, key: ResourceKey) -> PackedObject | None:
        """None where the object does not exist."""
        try:
            return packed((await self._api.request("GET", resource.path_of(key), what=f"get {key}")).document)
        except RefusedError as error:
            if error.status == 404:
                return None
            raise

    def _unwanted_containers(self, records: Mapping[ResourceKey, PackedObject], wanted: Wanted) -> list[PackedObject]:
        """Namespaces and definitions of ours that may be pruned."""
        return [
            record
            for key, record in records.items()
            if is_container(key) and record.instance == self._instance and key not in wanted
        ]
