"""Keeps the objects of one kind of one member up to date (client-go: `Reflector`).

It lists the kind, then watches it from the resource version of the list. Bookmarks advance that version, so that a broken watch
continues from there. Where the server does not know the version any more (410), the kind is listed again. Reading the records
needs no request: changes have arrived through the watch.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from typing import Any

import aiohttp
import orjson

from reconciler.cluster.api import Api
from reconciler.cluster.discovery import Resource
from reconciler.cluster.failures import TRANSPORT_ERRORS, RefusedError, RequestFailedError
from reconciler.cluster.member_client import MemberError
from reconciler.cluster.packed_objects import PackedObject, packed, version_of
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import get, key_of, mapping, text

_PAGE = 500
_LASTS = (240, 480)
"""Seconds after which the server ends a watch: from and to. The value is random, so that not all watches restart together."""
_PAUSES = (0.1, 5.0)
"""Seconds between attempts: the first pause, and the longest. The pause doubles until a watch lives (client-go: `Reflector`)."""
_LIVES = 5.0
"""A watch that lasts this many seconds lives."""
_AFTER_REFUSAL = 30.0
"""Seconds until the next attempt after a refusal, for example of a kind that the account may not list."""


class Reflector:
    """`synced` starts it and waits for the first list; `close` ends it."""

    def __init__(self, api: Api, resource: Resource, selector: str, changed: Callable[[], None]) -> None:
        """selector: a label selector; empty for all objects. changed: called after another client changed an object."""
        self.resource = resource
        self.records: dict[ResourceKey, PackedObject] = {}
        self._api = api
        self._query = {"labelSelector": selector} if selector else {}
        self._changed = changed
        self._version = ""
        self._listed = False
        self._watch_refused = False
        """Whether the kind can be listed and not watched. Its records would be out of date at once."""
        self._watching_since = math.inf
        self._synced = asyncio.Event()
        self._trouble: MemberError | None = None
        self._troubled = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def synced(self) -> None:
        """Returns when the records are up to date. Raises MemberError while the server cannot be read."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name=f"watch {self.resource.plural} of {self._api.name}")
        waits = [asyncio.ensure_future(event.wait()) for event in (self._synced, self._troubled)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        if not self._synced.is_set() and self._trouble is not None:
            raise self._trouble

    def note(self, key: ResourceKey, document: Mapping[str, Any]) -> None:
        """Takes the object that the server returned for a write of ours, unless the watch has already delivered it or a later
        version."""
        previous, version = self.records.get(key), version_of(document)
        watched = int(self._version) if previous is None and self._version.isdigit() else 0
        if watched < version and (previous is None or previous.version < version):
            self.records[key] = packed(document)

    def forget(self, key: ResourceKey) -> None:
        """Removes the record of an object that we deleted or released."""
        self.records.pop(key, None)

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        pause, longest = _PAUSES
        while True:
            self._watching_since = math.inf
            least = 0.0
            try:
                if not self._version:
                    await self._list()
                await self._watch()
            except RefusedError as error:
                least = self._refused(error)
            except MemberError as error:
                self._fail(error)
            except TRANSPORT_ERRORS:
                self._synced.clear()  # If the server does not answer, the next attempt says so.
            if time.monotonic() - self._watching_since >= _LIVES:
                pause = _PAUSES[0]
            await asyncio.sleep(max(pause, least) * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
            pause = min(pause * 2, longest)

    def _refused(self, error: RefusedError) -> float:
        """Draws the consequence of a refusal. Returns how many seconds to wait at least."""
        watched, self._version = bool(self._version), ""
        if error.status == 410:  # The records are too old for the server: they are listed again.
            self._synced.clear()
            return 0.0
        if error.status == 404:  # The kind is not served any more, so there are no objects of it.
            self.records.clear()
            self._recover()
            return _PAUSES[1]
        self._watch_refused = watched
        self._fail(error)
        return _AFTER_REFUSAL

    def _fail(self, error: MemberError) -> None:
        self._synced.clear()
        self._trouble = error
        self._troubled.set()

    def _recover(self) -> None:
        troubled, self._trouble = self._trouble, None
        self._troubled.clear()
        self._synced.set()
        if troubled is not None:
            self._changed()

    async def _list(self) -> None:
        """Replaces the records by all objects of the server, read page by page."""
        records: dict[ResourceKey, PackedObject] = {}
        query: dict[str, str | int] = {**self._query, "limit": _PAGE}
        while True:
            what = f"list {self.resource.plural}"
            response = await self._api.request("GET", self.resource.path(), query=query, what=what)
            items, metadata = response.page
            for item in items:
                record = packed({"apiVersion": self.resource.gvk.api_version, "kind": self.resource.gvk.kind, **item})
                # A write of ours may be later than the list.
                previous = self.records.get(record.key)
                records[record.key] = previous if previous is not None and previous.version >= record.version else record
            if not (token := text(metadata, "continue")):
                break
            query["continue"] = token
        differs = records.keys() != self.records.keys() or any(self.records[key] is not one for key, one in records.items())
        self.records.clear()
        self.records.update(records)
        self._version = text(metadata, "resourceVersion")
        first, self._listed = not self._listed, True
        if not self._watch_refused:
            self._recover()
        if differs and not first:
            self._changed()

    async def _watch(self) -> None:
        """Returns when the server ends the watch. Raises RefusedError with status 410 where the version is too old."""
        query: dict[str, str | int] = {
            **self._query,
            "watch": "1",
            "allowWatchBookmarks": "true",
            "resourceVersion": self._version,
            "timeoutSeconds": random.randint(*_LASTS),  # noqa: S311 - no secret
        }
        async with self._api.stream(self.resource.path(), query) as stream:
            self._watching_since, self._watch_refused = time.monotonic(), False
            self._recover()
            async for kind, document in _events(stream):
                self._take(kind, document)

    def _take(self, kind: str, document: Mapping[str, Any]) -> None:
        if kind == "ERROR":
            code = get(document, "code")
            message = f"{self._api.name}: watch {self.resource.plural}: {text(document, 'message')}"
            raise RefusedError(message, code) if code == 410 else RequestFailedError(message)
        self._version = text(document, "metadata", "resourceVersion") or self._version
        if kind == "BOOKMARK":
            return
        key = key_of(document)
        previous = self.records.get(key)
        if kind == "DELETED":
            if previous is not None and previous.version <= version_of(document):
                del self.records[key]
                self._changed()
        elif previous is None or previous.version < version_of(document):
            self.records[key] = packed(document)
            self._changed()


async def _events(stream: aiohttp.StreamReader) -> AsyncIterator[tuple[str, Mapping[str, Any]]]:
    """The events of a watch, as type and object: one JSON document per line, of any length. Raises RequestFailedError for a line
    that is not an event."""
    pieces: list[bytes] = []
    async for chunk in stream.iter_any():
        *lines, rest = chunk.split(b"\n")
        for line in lines:
            pieces.append(line)
            whole = b"".join(pieces)
            pieces.clear()
            if whole:
                yield _event(whole)
        if rest:
            pieces.append(rest)


def _event(line: bytes) -> tuple[str, Mapping[str, Any]]:
    try:
        event = orjson.loads(line)
    except orjson.JSONDecodeError:
        event = None
    kind, document = text(event, "type"), mapping(event, "object")
    if not kind or not document or (kind in _OF_OBJECTS and not text(document, "metadata", "name")):
        message = f"the watch delivered a line that is not an event: {line[:80].decode('utf-8', 'replace')}"
        raise RequestFailedError(message, remedy="Check whether a proxy changes the responses of the server.")
    return kind, document


_OF_OBJECTS = frozenset({"ADDED", "MODIFIED", "DELETED"})
"""Types of events whose object is one of the kind (Kubernetes: `watch.EventType`)."""
