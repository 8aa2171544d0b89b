"""The EndpointSlices of one member that services over clusters need, and the writes of copies there.

| Slices | How they are read |
|---|---|
| of Services that the member provides | one reflector, by a label selector |
| copies that we wrote | one reflector, by our label |

A write names the object that it expects, as all writes do (`server_side_apply.py`): a slice of the same name that is not ours is
not touched.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from reconciler.cluster.api_client import Api
from reconciler.cluster.discovery import Resource
from reconciler.cluster.failures import RefusedError
from reconciler.cluster.member_protocol import MemberError, SlicesToFollow
from reconciler.cluster.news import News
from reconciler.cluster.packed_objects import PackedObject
from reconciler.cluster.reflector import Reflector
from reconciler.cluster.server_side_apply import server_side_apply
from reconciler.cluster.service_exports import read_exports, write_conditions
from reconciler.model.keys import GroupVersionKind, ResourceKey
from reconciler.model.manifest import Manifest, get, key_of, text

_SLICES = Resource(GroupVersionKind("discovery.k8s.io", "v1", "EndpointSlice"), "endpointslices", True)
"""Every version of Kubernetes since 1.21 serves it."""


class EndpointSlices:
    """Implements MemberSlices. Requests nothing before the first `follow`; end it by `close`."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._changed: Callable[[], None] = lambda: None
        self._provided: _Followed | None = None
        self._copies: _Followed | None = None

    def follow(self, wanted: SlicesToFollow, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._provided = self._replaced(self._provided, wanted.provided)
        self._copies = self._replaced(self._copies, wanted.copies)

    def _replaced(self, before: _Followed | None, selector: str) -> _Followed | None:
        if before is not None and before.selector == selector:
            return before
        if before is not None:
            before.end()
        return _Followed(self._api, selector, self._tell) if selector else None

    def _tell(self) -> None:
        """Whom the last `follow` named."""
        self._changed()

    @property
    def provided(self) -> Mapping[ResourceKey, PackedObject] | None:
        return self._provided.records if self._provided is not None else None

    @property
    def copies(self) -> Mapping[ResourceKey, PackedObject] | None:
        return self._copies.records if self._copies is not None else None

    @property
    def trouble(self) -> str:
        followed = [one for one in (self._provided, self._copies) if one is not None and not one.reflector.is_synced]
        return next((one.trouble for one in followed if one.trouble), "")

    async def settled(self) -> None:
        followed = [one for one in (self._provided, self._copies) if one is not None]
        await asyncio.gather(*[one.settled() for one in followed])

    async def write(self, copy: Manifest, live: Manifest | None) -> None:
        key = key_of(copy)
        reflector = self._reflector()
        with reflector.writing(key):
            try:
                document = await server_side_apply(self._api, _SLICES, copy, live)
            except RefusedError as error:
                if live is None and error.status == 409:
                    message = f"{self._api.name}: {key} exists there, and is not a copy of this program"
                    raise MemberError(message, remedy=_FOREIGN) from error
                raise
            reflector.note(key, document)

    async def remove(self, live: Manifest) -> None:
        key, reflector = key_of(live), self._reflector()
        with reflector.writing(key):
            body = {"preconditions": {"uid": text(live, "metadata", "uid")}}
            try:
                await self._api.request("DELETE", _SLICES.path_of(key), body=body, what=f"delete {key}")
            except RefusedError as error:
                if error.status not in (404, 409):  # Gone, or another one by now, of which the watch tells.
                    raise
            reflector.forget(key)

    async def exports(self) -> dict[tuple[str, str], tuple[Manifest, Manifest | None]]:
        return await read_exports(self._api)

    async def report_export(self, export: Manifest, conditions: Sequence[Any]) -> None:
        await write_conditions(self._api, export, conditions)

    def _reflector(self) -> Reflector:
        assert self._copies is not None  # noqa: S101 - who writes has read what is there
        return self._copies.reflector

    async def close(self) -> None:
        for one in (self._provided, self._copies):
            if one is not None:
                await one.close()
        self._provided = self._copies = None


class _Followed:
    """The slices of one selector, from now on."""

    def __init__(self, api: Api, selector: str, changed: Callable[[], None]) -> None:
        self.selector = selector
        self.trouble = ""
        """Why they cannot be read; empty where they can, or where that is not known yet."""
        self.reflector = Reflector(api, _SLICES, selector, lambda key: changed(), _news, always_served=True)
        self._changed = changed
        self._waiting: asyncio.Task[None] | None = None
        self._wait()

    @property
    def records(self) -> Mapping[ResourceKey, PackedObject] | None:
        """None while nothing is known; whoever asked is told when that changes."""
        if self.reflector.is_synced:
            return self.reflector.records
        self._wait()
        return None

    async def settled(self) -> None:
        if self._waiting is not None:
            await asyncio.wait([self._waiting])

    def _wait(self) -> None:
        if self._waiting is None or self._waiting.done():
            self._waiting = asyncio.create_task(self._synced())

    async def _synced(self) -> None:
        """One who asked for the records and did not get them is told later (`Reflector.synced`)."""
        try:
            await self.reflector.synced()
        except MemberError as error:
            self.trouble = error.message
        else:
            self.trouble = ""
            self._changed()

    def end(self) -> None:
        """Without waiting for it."""
        if self._waiting is not None:
            self._waiting.cancel()
        self._ending = asyncio.create_task(self.reflector.close())

    async def close(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            await asyncio.gather(self._waiting, return_exceptions=True)
        await self.reflector.close()


def _news(before: Manifest, after: Manifest) -> News:
    """Everything but what a server counts."""
    same = all(before.get(name) == after.get(name) for name in ("endpoints", "ports", "addressType"))
    same = same and all(
        get(before, "metadata", name) == get(after, "metadata", name) for name in ("uid", "labels", "annotations")
    )
    return News.NONE if same else News.OF_CONTENT


_FOREIGN = (
    "Delete it if nobody needs it: the endpoints are copied then. A Karmada control plane that still runs may have written it."
)
