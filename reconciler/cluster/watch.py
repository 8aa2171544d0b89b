"""One kind of one member, kept up to date: a list, then a watch from where the list ended, again and again.

Bookmarks move the place from which a broken watch goes on; where the server has forgotten that place (410) the kind is listed
anew. Between two looks at the records nothing is asked of the server: what changed has arrived by itself.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from typing import Any

import aiohttp
import orjson

from reconciler.cluster.api import Api
from reconciler.cluster.client import MemberError, MemberUnreachableError
from reconciler.cluster.discovery import Resource
from reconciler.cluster.failures import TRANSPORT_ERRORS, RefusedError, lost
from reconciler.cluster.packed_objects import PackedObject, packed, version_of
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import get, key_of, sequence, text

_PAGE = 500
_LASTS = (240, 480)
"""Seconds after which the server ends a watch; drawn at random, so that they do not all begin anew together."""
_PAUSES = (0.1, 5.0)
"""Seconds between attempts: the first, and at most."""
_CHUNK = 2**16


class KindWatch:
    """Start it by `synced`, which waits for the first list; end it by `close`."""

    def __init__(self, api: Api, resource: Resource, selector: str, changed: Callable[[], None]) -> None:
        """selector: of labels; empty for all objects. changed: called after something of it changed by another's hand."""
        self.resource = resource
        self.records: dict[ResourceKey, PackedObject] = {}
        self._api = api
        self._query = {"labelSelector": selector} if selector else {}
        self._changed = changed
        self._version = ""
        self._in_step = asyncio.Event()
        self._trouble: MemberError | None = None
        self._troubled = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def synced(self) -> None:
        """Returns when the records are in step with the server. Raises MemberError when it cannot be asked."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._follow(), name=f"watch {self.resource.plural} of {self._api.name}")
        waits = [asyncio.ensure_future(event.wait()) for event in (self._in_step, self._troubled)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        if not self._in_step.is_set() and self._trouble is not None:
            raise self._trouble

    def note(self, key: ResourceKey, document: Mapping[str, Any]) -> None:
        """What the server answered to a write of ours; the watch may have told it already, or what came after it."""
        known, version = self.records.get(key), version_of(document)
        seen = int(self._version) if known is None and self._version.isdigit() else 0
        if seen < version and (known is None or known.version < version):
            self.records[key] = packed(document)

    def forget(self, key: ResourceKey) -> None:
        """Deleted by us; the server said that it is gone."""
        self.records.pop(key, None)

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _follow(self) -> None:
        pause, longest = _PAUSES
        while True:
            try:
                if not self._version:
                    await self._list()
                await self._watch()
                pause = _PAUSES[0]
            except RefusedError as error:
                self._version = ""
                if error.status == 410:
                    continue
                if error.status == 404:  # Nobody serves the kind any more, so there are no objects of it.
                    self.records.clear()
                    self._recover()
                    pause = longest
                else:
                    self._stumble(error)
            except MemberError as error:
                self._stumble(error)
            except TRANSPORT_ERRORS as error:
                self._stumble(lost(self._api.name, error))
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
            pause = min(pause * 2, longest)

    def _stumble(self, error: MemberError) -> None:
        self._in_step.clear()
        self._trouble = error
        self._troubled.set()

    def _recover(self) -> None:
        troubled, self._trouble = self._trouble, None
        self._troubled.clear()
        self._in_step.set()
        if troubled is not None:
            self._changed()

    async def _list(self) -> None:
        """All objects, page by page, in place of what was known."""
        found: dict[ResourceKey, PackedObject] = {}
        query: dict[str, str | int] = {**self._query, "limit": _PAGE}
        while True:
            what = f"list {self.resource.plural}"
            document = (await self._api.request("GET", self.resource.path(), query=query, what=what)).document
            for item in sequence(document, "items"):
                record = packed({"apiVersion": self.resource.gvk.api_version, "kind": self.resource.gvk.kind, **item})
                # A write of ours may be younger than the list.
                known = self.records.get(record.key)
                found[record.key] = known if known is not None and known.version >= record.version else record
            if not (goes_on := text(document, "metadata", "continue")):
                break
            query["continue"] = goes_on
        differs = found.keys() != self.records.keys() or any(self.records[key] is not record for key, record in found.items())
        self.records.clear()
        self.records.update(found)
        self._version = text(document, "metadata", "resourceVersion")
        first = not self._in_step.is_set() and self._trouble is None
        self._recover()
        if differs and not first:
            self._changed()

    async def _watch(self) -> None:
        """Until the server ends it. Raises RefusedError with 410 when it has forgotten the place."""
        query: dict[str, str | int] = {
            **self._query,
            "watch": "1",
            "allowWatchBookmarks": "true",
            "resourceVersion": self._version,
            "timeoutSeconds": random.randint(*_LASTS),  # noqa: S311 - no secret
        }
        async with self._api.stream(self.resource.path(), query) as stream:
            self._recover()
            async for event in _events(stream):
                self._take(event["type"], event["object"])

    def _take(self, kind: str, document: Mapping[str, Any]) -> None:
        if kind == "ERROR":
            code = get(document, "code", default=500)
            message = f"{self._api.name}: watch {self.resource.plural}: {text(document, 'message')}"
            raise RefusedError(message, code) if code == 410 else MemberUnreachableError(message)
        self._version = text(document, "metadata", "resourceVersion") or self._version
        if kind == "BOOKMARK":
            return
        key = key_of(document)
        known = self.records.get(key)
        if kind == "DELETED":
            if known is not None and known.version <= version_of(document):
                del self.records[key]
                self._changed()
        elif known is None or known.version < version_of(document):
            self.records[key] = packed(document)
            self._changed()


async def _events(stream: aiohttp.StreamReader) -> AsyncIterator[dict[str, Any]]:
    """One JSON document a line, of any length."""
    pieces: list[bytes] = []
    async for chunk in stream.iter_any():
        *lines, rest = chunk.split(b"\n")
        for line in lines:
            pieces.append(line)
            whole = b"".join(pieces)
            pieces.clear()
            if whole:
                try:
                    yield orjson.loads(whole)
                except orjson.JSONDecodeError as error:
                    raise aiohttp.ClientPayloadError("what came is no JSON") from error
        if rest:
            pieces.append(rest)
