"""The objects of one member with an API server, as far as passes need them; they stay in memory between passes.

| Objects | How they are read |
|---|---|
| with our label, of kinds that are wanted or that have objects of ours | one reflector per kind: a list, then a watch |
| that scale workloads, with any label | one reflector per kind |
| wanted, and without our label | one request each, or one list of metadata for many of a kind; watched (`foreign_objects.py`) |
| held by a Namespace or definition of ours that is no longer wanted | one list of metadata per kind (`contents.py`) |

Where nothing changes, a look costs requests only for the last two. A kind or an object that cannot be read does not hide the
others: it is named (`Unread`), and nothing is concluded from its absence.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, TypeVar

from reconciler.cluster.api_client import Api
from reconciler.cluster.cached_discovery import CachedDiscovery
from reconciler.cluster.concurrency import at_most
from reconciler.cluster.contents import contents_of, metadata_list
from reconciler.cluster.discovery import Resource, Served
from reconciler.cluster.failures import RefusedError, concerns_one_kind
from reconciler.cluster.foreign_objects import ForeignObjects
from reconciler.cluster.member_protocol import MemberError, OnChange, Wanted
from reconciler.cluster.news import concerns_a_pass, concerns_a_workload
from reconciler.cluster.packed_objects import PackedObject, packed
from reconciler.cluster.reflector import Reflector
from reconciler.cluster.sweep import POSTPONED, Sweeps, Swept
from reconciler.interpreter.containers import NAMESPACE_TYPE, is_container, is_namespace, namespace_key
from reconciler.model.autoscaling import SCALERS
from reconciler.model.keys import GroupVersionKind, ResourceKey
from reconciler.model.live import NOTHING_UNREAD, Unread
from reconciler.model.manifest import mapping
from reconciler.model.ownership import INSTANCE_LABEL

Answer = TypeVar("Answer")

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


@dataclass(frozen=True, slots=True)
class _Place:
    """What a look depends on."""

    query: _Query
    served: Served
    swept: Swept
    changes: tuple[object, ...]

    def is_same(self, other: _Place) -> bool:
        is_same_question = self.query is other.query and self.served is other.served and self.swept is other.swept
        return is_same_question and self.changes == other.changes


@dataclass(frozen=True, slots=True)
class _Look:
    place: _Place
    records: dict[ResourceKey, PackedObject]


class LiveObjects:
    """Requests nothing before the first `look` or `begin_sweep`; end it by `close`."""

    def __init__(self, api: Api, discovery: CachedDiscovery, instance: str, changed: OnChange) -> None:
        """instance: whose objects are ours (`Settings.instance`). changed: called when another client changed an object."""
        self._api = api
        self._discovery = discovery
        self._instance = instance
        self._changed = changed
        self._reflectors: dict[GroupVersionKind, Reflector] = {}
        self._namespaces: dict[ResourceKey, PackedObject] = {}
        """Namespaces without our label, as they were last read. They are not read again: it is enough that they exist."""
        self.sweeps = Sweeps(api, instance)
        self._query = _Query.of({})
        self._unread = NOTHING_UNREAD
        """What the last look could not read."""
        self._absent: frozenset[tuple[str, str]] = frozenset()
        """(group, kind) of autoscalers that our role does not include."""
        self._foreign = ForeignObjects(api, changed)
        self._namespace_changes = 0
        """How often `_namespaces` changed."""
        self._last: _Look | None = None
        """The last look, if it needed no request for what it found."""

    async def look(self, wanted: Wanted) -> tuple[dict[ResourceKey, PackedObject], Unread]:
        """All objects of the table above, and what could not be read; the same values as before while nothing changed. Raises
        MemberError where the member as a whole cannot be read."""
        query = self._query_of(wanted)
        served = await self._discovery.covering(query.kinds)
        self._reflect_wanted(served, query.kinds)
        swept = POSTPONED if self.sweeps.are_owed else await self.sweeps.result(self.begin_sweep(served))
        self._reflect(swept.ours)
        kinds = {(group, ""): reason for group, reason in served.unread_groups.items()}
        reflected = set(map(_kind, self._resources))
        kinds |= {_kind(one): self._reason(error) for one, error in swept.unread.items() if _kind(one) not in reflected}
        kinds |= await self._unsynced(query)
        if self.sweeps.are_owed and self._holds_unwanted(wanted):
            self.begin_sweep(served)
            return await self.look(wanted)
        place = _Place(query, served, swept, self._changes())
        if self._last is not None and not kinds and place.is_same(self._last.place):
            return self._last.records, self._unread
        unread, records = Unread(kinds), self._records(wanted)
        if kinds:
            records = {key: one for key, one in records.items() if not unread.reason(key)}
        missing = {key: gvk for key, gvk in query.everything.items() if key not in records}
        missing = {key: gvk for key, gvk in missing.items() if not unread.reason(key)}
        unlabelled, objects = await self._read_unlabelled(missing, served)
        records |= unlabelled
        foreign = {key: record for key, record in unlabelled.items() if key in wanted}
        await self._foreign.follow({key: (served.resources[wanted[key]], record) for key, record in foreign.items()})
        containers = self._unwanted_containers(records, wanted)
        contents = await contents_of(self._api, served, containers)
        for content in contents.objects:
            records.setdefault(content.key, content)
        self._unread = Unread(kinds, objects, contents.unread)
        needs_requests = containers or any(key in wanted for key in missing) or missing.keys() != unlabelled.keys()
        self._last = None if kinds or needs_requests else _Look(place, records)
        return records, self._unread

    def read_ahead(self, served: Served, kinds: Iterable[GroupVersionKind]) -> None:
        """See `MemberClient.read_ahead`. A kind that is not served is left out: `look` says so."""
        self._reflect_wanted(served, kinds)
        for reflector in self._reflectors.values():
            reflector.start()

    def _holds_unwanted(self, wanted: Wanted) -> bool:
        """Whether the records have an object of ours that may be removed. What may be removed with it, and whether too much would
        be, only all kinds tell."""
        records = (reflector.records for reflector in self._reflectors.values())
        return any(one.instance == self._instance and key not in wanted for each in records for key, one in each.items())

    @property
    def _resources(self) -> list[Resource]:
        """The kinds that have reflectors."""
        return [reflector.resource for reflector in self._reflectors.values()]

    @property
    def is_watched(self) -> bool:
        """Whether there are watches, and all of them work."""
        watches = [one for one in self._reflectors.values() if _kind(one.resource) not in self._absent]
        return bool(watches) and not self._unread and all(reflector.is_synced for reflector in watches)

    def _changes(self) -> tuple[object, ...]:
        """Equal while the records of all reflectors, and the Namespaces without our label, are the same."""
        return (self._namespace_changes, *[(gvk, reflector.changes) for gvk, reflector in self._reflectors.items()])

    async def look_at(self, keys: Collection[ResourceKey]) -> dict[ResourceKey, PackedObject] | None:
        """See `MemberClient.look_at`."""
        query = _Query.of({key: self._query.wanted[key] for key in keys if key in self._query.wanted})
        scalers = [reflector for reflector in self._reflectors.values() if _kind(reflector.resource) in SCALERS]
        needed = [self._reflectors.get(gvk) for gvk in query.kinds]
        needed += [reflector for reflector in scalers if _kind(reflector.resource) not in self._absent]
        unsynced = any(reflector is None or not reflector.is_synced for reflector in needed)
        if len(query.wanted) != len(keys) or unsynced or any(map(self._unread.reason, keys)):
            return None
        records: dict[ResourceKey, PackedObject] = {}
        for reflector in scalers:
            records |= reflector.records
        for key, gvk in query.everything.items():
            known = self._reflectors[gvk].records.get(key) if gvk in self._reflectors else None
            if known is not None:
                records[key] = known
        missing = {key: gvk for key, gvk in query.everything.items() if key not in records}
        unlabelled, unread = await self._read_unlabelled(missing, await self._discovery.served())
        return None if unread else records | unlabelled

    def _query_of(self, wanted: Wanted) -> _Query:
        if self._query.wanted is not wanted:
            self._query = _Query.of(wanted)
            self._namespaces = {key: one for key, one in self._namespaces.items() if key in self._query.everything}
        return self._query

    def begin_sweep(self, served: Served) -> asyncio.Task[Swept]:
        """See `Sweeps.begin`."""
        return self.sweeps.begin(served, except_for=map(_kind, self._resources))

    async def sweep(self, served: Served) -> None:
        """The sweep that was postponed. Raises MemberError."""
        swept = await self.sweeps.result(self.begin_sweep(served))
        if swept.unread or not {one.gvk for one in swept.ours} <= self._reflectors.keys():
            self._changed(None)  # A look finds more now.

    def writing(self, resource: Resource, key: ResourceKey) -> AbstractContextManager[None]:
        """Around a write of ours, with the `note` or `forget` that follows; see `Reflector.writing`."""
        reflector = self._reflectors.get(resource.gvk)
        return reflector.writing(key) if reflector is not None else nullcontext()

    def note(self, resource: Resource, key: ResourceKey, document: Mapping[str, Any]) -> None:
        """Remembers the object that the server returned for a write of ours."""
        reflector = self._reflectors.get(resource.gvk)
        if reflector is not None and INSTANCE_LABEL in mapping(document, "metadata", "labels"):
            reflector.note(key, document)
            self._know_namespace(key, None)
        elif is_namespace(key):
            self._know_namespace(key, packed(document, key))

    def forget(self, key: ResourceKey) -> None:
        """The object was deleted, or does not carry our label any more."""
        for gvk, reflector in self._reflectors.items():
            if (gvk.group, gvk.kind) == (key.group, key.kind):
                reflector.forget(key)

    def uid_of(self, gvk: GroupVersionKind, key: ResourceKey) -> str:
        """The uid of an object as it was last seen; empty where it was not."""
        reflector = self._reflectors.get(gvk)
        record = reflector.records.get(key) if reflector is not None else None
        return record.uid if record is not None else ""

    def forget_namespace(self, name: str) -> None:
        """The server did not find the namespace; the next look reads it again."""
        self._know_namespace(namespace_key(name), None)

    def _know_namespace(self, key: ResourceKey, record: PackedObject | None) -> None:
        """record: None where nothing is known any more of a Namespace without our label."""
        if record is not None:
            self._namespaces[key] = record
        elif self._namespaces.pop(key, None) is None:
            return
        self._namespace_changes += 1

    async def close(self) -> None:
        await self.sweeps.close()
        await self._foreign.close()
        await asyncio.gather(*[reflector.close() for reflector in self._reflectors.values()])

    def _reflect_wanted(self, served: Served, kinds: Iterable[GroupVersionKind]) -> None:
        """Creates the reflectors of these kinds, and of those that scale workloads."""
        self._reflect(served.resources[gvk] for gvk in kinds if gvk in served.resources)
        self._reflect(served.preferred[kind] for kind in SCALERS if kind in served.preferred)

    def _reflect(self, resources: Iterable[Resource]) -> None:
        """Creates the reflectors of these kinds that do not exist yet."""
        for resource in resources:
            if resource.gvk not in self._reflectors:
                whole = (resource.gvk.group, resource.gvk.kind) in SCALERS
                selector = "" if whole else f"{INSTANCE_LABEL}={self._instance}"
                news_of = concerns_a_workload if whole else concerns_a_pass
                self._reflectors[resource.gvk] = Reflector(self._api, resource, selector, self._changed, news_of)

    async def _unsynced(self, query: _Query) -> dict[tuple[str, str], str]:
        """Waits until the reflectors are synced. Returns the kinds that cannot be read, with the reason. Raises MemberError where
        the member as a whole cannot be read."""
        reflectors = list(self._reflectors.values())
        if all(reflector.is_synced for reflector in reflectors):
            self._absent = frozenset()
            return {}
        unread: dict[tuple[str, str], str] = {}
        errors = await asyncio.gather(*[_error_of(reflector.synced()) for reflector in reflectors])
        absent = set()
        for reflector, error in zip(reflectors, errors, strict=True):
            kind, wanted = _kind(reflector.resource), reflector.resource.gvk in query.kinds
            # Autoscalers that our role does not include count as absent (docs/karmada.md).
            outside = kind in SCALERS and isinstance(error, RefusedError) and error.status == 403
            if error is not None and (wanted or not outside):
                unread[kind] = self._reason(error)
            elif error is not None:
                absent.add(kind)
        self._absent = frozenset(absent)
        return unread

    def _reason(self, error: MemberError) -> str:
        """The message of an error, without the name of the member."""
        return error.message.removeprefix(f"{self._api.name}: ")

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

    async def _read_unlabelled(
        self, missing: Wanted, served: Served
    ) -> tuple[dict[ResourceKey, PackedObject], dict[ResourceKey, str]]:
        """Those of the missing objects that exist, although they do not carry our label; and those that cannot be read, with the
        reason."""
        records = {key: self._namespaces[key] for key in missing if key in self._namespaces and key not in self._query.wanted}
        records |= {key: record for key, record in self._foreign.records.items() if key in missing}
        by_kind: dict[GroupVersionKind, list[ResourceKey]] = {}
        for key, gvk in missing.items():
            if key not in records and gvk in served.resources:
                by_kind.setdefault(gvk, []).append(key)
        unread: dict[ResourceKey, str] = {}
        candidates: list[ResourceKey] = []
        lists = await at_most([_one_kind(self._candidates(served.resources[gvk], keys)) for gvk, keys in by_kind.items()])
        for keys, existing in zip(by_kind.values(), lists, strict=True):
            if isinstance(existing, MemberError):
                unread |= dict.fromkeys(keys, self._reason(existing))
                continue
            for key, metadata in existing.items():
                if metadata is not None and is_namespace(key) and key not in self._query.wanted:
                    records[key] = metadata
                    self._know_namespace(key, metadata)
                else:
                    candidates.append(key)
        answers = await at_most([_one_kind(self._get(served.resources[missing[key]], key)) for key in candidates])
        for key, record in zip(candidates, answers, strict=True):
            if isinstance(record, MemberError):
                unread[key] = self._reason(record)
            elif record is not None:
                records[key] = record
                if is_namespace(key):
                    self._know_namespace(key, record)
        return records, unread

    async def _candidates(self, resource: Resource, keys: Collection[ResourceKey]) -> dict[ResourceKey, PackedObject | None]:
        """Those of many objects of a kind that exist, with their metadata; of a few, all, because a request for each costs no
        more."""
        if len(keys) <= _FEW:
            return dict.fromkeys(keys)
        namespaces = {key.namespace for key in keys}
        paths = [resource.path(name) for name in namespaces] if len(namespaces) <= _FEW else [resource.path()]
        lists = [await metadata_list(self._api, resource, path, {}) for path in paths]
        there = {record.key: record for records in lists for record in records}
        return {key: there[key] for key in sorted(there.keys() & set(keys))}

    async def _get(self, resource: Resource, key: ResourceKey) -> PackedObject | None:
        """None where the object does not exist."""
        try:
            return packed((await self._api.request("GET", resource.path_of(key), what=f"get {key}")).object(key))
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


def _kind(resource: Resource) -> tuple[str, str]:
    return resource.gvk.group, resource.gvk.kind


async def _one_kind(request: Awaitable[Answer]) -> Answer | MemberError:
    """The answer, or the error where it concerns no other kind. Raises other errors."""
    try:
        return await request
    except MemberError as error:
        if concerns_one_kind(error):
            return error
        raise


async def _error_of(wait: Awaitable[None]) -> MemberError | None:
    return await _one_kind(wait)
