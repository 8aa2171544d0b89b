"""Follows single objects that are in the way: they exist where we want to write, and do not carry our label.

The watches of `live_objects.py` select our label, so they do not tell when such an object is deleted. One watch for each object
does, and while it is well, the object need not be read again in each pass.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from reconciler.cluster.api_client import Api
from reconciler.cluster.discovery import Resource
from reconciler.cluster.member_protocol import OnChange
from reconciler.cluster.news import is_replaced
from reconciler.cluster.packed_objects import PackedObject
from reconciler.cluster.reflector import Reflector
from reconciler.model.keys import ResourceKey

_MOST = 32
"""How many objects of a member are followed at the same time. Others are looked at again after the pauses of
`passes/object_backoff.py`."""


class ForeignObjects:
    """`follow` sets what is followed; `close` ends it."""

    def __init__(self, api: Api, changed: OnChange) -> None:
        """changed: called after one of the objects was deleted or replaced by another one."""
        self._api = api
        self._changed = changed
        self._watches: dict[ResourceKey, Reflector] = {}

    @property
    def records(self) -> dict[ResourceKey, PackedObject]:
        """Those of the objects that still exist, as far as their watches are well."""
        return {key: record for watch in self._watches.values() if watch.is_synced for key, record in watch.records.items()}

    async def follow(self, objects: Mapping[ResourceKey, tuple[Resource, PackedObject]]) -> None:
        """Follows these objects, as far as there are not too many, and no others."""
        chosen = sorted(objects)[:_MOST]
        gone = [self._watches.pop(key) for key in self._watches.keys() - set(chosen)]
        for key in chosen:
            if key not in self._watches:
                resource, record = objects[key]
                self._watches[key] = Reflector(self._api, resource, "", self._changed, is_replaced, only=record)
                self._watches[key].start()
        await _close(gone)

    async def close(self) -> None:
        await _close(list(self._watches.values()))


async def _close(watches: list[Reflector]) -> None:
    await asyncio.gather(*[watch.close() for watch in watches])
