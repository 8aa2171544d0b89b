"""Keeps the objects of one kind of one member up to date (client-go: `Reflector`).

It lists the kind, then watches it from the resource version of the list. Bookmarks advance that version, so that a watch that
ended continues from there. Reading the records needs no request: changes have arrived through the watch.

A watch alone is never believed for long. The kind is listed again where the server does not know the version any more (410),
after each lost connection, and about every ten minutes. The list counts also where it is older than the records: after etcd was
restored from a backup, resource versions are smaller than before, and a watch from a version of the future delivers nothing. Only
what we wrote after the list was asked for may be newer than the list.
"""

from __future__ import annotations

import asyncio
import math
import random
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import orjson

from reconciler.cluster.api_client import Api
from reconciler.cluster.discovery import Resource
from reconciler.cluster.failures import TRANSPORT_ERRORS, RefusedError, RequestFailedError
from reconciler.cluster.member_protocol import MemberError, MemberUnreachableError, OnChange
from reconciler.cluster.news import News, NewsOf, concerns_a_pass
from reconciler.cluster.own_writes import OwnWrites
from reconciler.cluster.packed_objects import PackedObject, packed, version_of
from reconciler.cluster.watch_lines import lines_of
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import get, key_of, mapping, text

_PAGE = 500
_LASTS = (240, 480)
"""Seconds after which the server ends a watch: from and to. The value is random, so that not all watches restart together."""
_LIST_AGAIN = (540.0, 660.0)
"""Seconds after which the kind is listed again although nothing happened: from and to. Random, as `_LASTS`."""
_AFTER_FAILED_LIST = 60.0
"""Seconds until the next attempt at such a list where the server fails at it. The watch goes on."""
_PAUSES = (0.1, 5.0)
"""Seconds between attempts: the first pause, and the longest. The pause doubles until a watch lives (client-go: `Reflector`)."""
_LIVES = 5.0
"""A watch that lasts this many seconds lives."""
_AFTER_REFUSAL = 30.0
"""Seconds until the next attempt after a refusal, for example of a kind that the account may not list."""


class Reflector:
    """`start` starts it, `synced` also waits for the first list; `close` ends it."""

    def __init__(
        self,
        api: Api,
        resource: Resource,
        selector: str,
        changed: OnChange,
        news_of: NewsOf = concerns_a_pass,
        only: PackedObject | None = None,
        *,
        always_served: bool = False,
    ) -> None:
        """selector: a label selector; empty for all objects. changed: called after another client created or deleted an object,
        or changed it so that there are news; with the object where it alone may have drifted, else with None. only: the one
        object to follow, as it was read; None for all. always_served: whether every server has the kind, so that a 404
        is the answer of something else, such as a proxy, and says nothing about the objects."""
        self.resource = resource
        self.records: dict[ResourceKey, PackedObject] = {} if only is None else {only.key: only}
        self.changes = 0
        """How often the records changed."""
        self._api = api
        self._path = resource.path(only.key.namespace if only is not None else "")
        self._query = {"labelSelector": selector} if selector else {}
        if only is not None:
            self._query["fieldSelector"] = f"metadata.name={only.key.name}"
        self._changed = changed
        self._news_of = news_of
        self._always_served = always_served
        self._version = ""
        self._listed = only is not None
        self._list_due = math.inf
        """When to list the kind again, by the monotonic clock."""
        self._own_writes = OwnWrites(changed)
        self._written: set[ResourceKey] = set()
        """What we wrote since the last list was asked for."""
        self._missed = False
        """Whether somebody asked for the records and did not get them."""
        self._watch_refused = False
        """Whether the kind can be listed and not watched. Its records would be out of date at once."""
        self._watching_since = math.inf
        self._synced = asyncio.Event()
        self._trouble: MemberError | None = None
        self._troubled = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def is_synced(self) -> bool:
        """Whether the records are up to date."""
        return self._synced.is_set()

    def start(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name=f"watch {self.resource.plural} of {self._api.name}")
            self._task.add_done_callback(self._ended)

    async def synced(self) -> None:
        """Returns when the records are up to date. Raises MemberError while the server cannot be read."""
        self.start()
        assert self._task is not None  # noqa: S101 - it was started
        waits = [asyncio.ensure_future(event.wait()) for event in (self._synced, self._troubled)]
        try:
            await asyncio.wait([*waits, self._task], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            self._missed = self._missed or not self._synced.is_set()
        if self._task.done():
            await self._task  # Raises what nobody expected.
        if not self._synced.is_set() and self._trouble is not None:
            raise self._trouble

    def writing(self, key: ResourceKey) -> AbstractContextManager[None]:
        """Around a write of ours, with the `note` or `forget` that follows: its own event is not told as a change."""
        return self._own_writes.under_way(key)

    def note(self, key: ResourceKey, document: Mapping[str, Any]) -> None:
        """Takes the object that the server returned for a write of ours, unless the watch has already delivered it or a later
        version."""
        self._written.add(key)
        previous, version = self.records.get(key), version_of(document)
        self._own_writes.stored(key, version)
        watched = int(self._version) if previous is None and self._version.isdigit() else 0
        if watched < version and (previous is None or previous.version < version):
            self._put(packed(document, key))

    def forget(self, key: ResourceKey) -> None:
        """Removes the record of an object that we deleted or released."""
        self._own_writes.deleted(key)
        self._drop(key)

    def _put(self, record: PackedObject) -> None:
        self.records[record.key] = record
        self.changes += 1

    def _drop(self, key: ResourceKey) -> None:
        if self.records.pop(key, None) is not None:
            self.changes += 1

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """By a defect: the records are not kept up to date any more. A pass starts the task again, or reports the defect."""
        if not task.cancelled() and task.exception() is not None:
            was_synced, self._version = self._synced.is_set(), ""
            self._synced.clear()
            if was_synced:  # Else somebody waits, and gets the exception.
                self._changed(None)

    async def _run(self) -> None:
        pause, longest = _PAUSES
        while True:
            self._watching_since = math.inf
            least = 0.0
            try:
                if not self._version:
                    await self._list()
                elif time.monotonic() >= self._list_due:
                    await self._list_again()
                await self._watch()
            except RefusedError as error:
                least = self._refused(error)
            except MemberError as error:
                self._fail(error)
            except TRANSPORT_ERRORS:
                self._synced.clear()  # If the server does not answer, the next attempt says so.
                self._version = ""
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
        if error.status == 404 and not self._always_served:  # The kind is not served any more, so there are no objects of it.
            self._missed = self._missed or bool(self.records)
            self.records.clear()
            self.changes += 1
            self._recover()
            return _PAUSES[1]
        self._watch_refused = watched
        self._fail(error)
        return _AFTER_REFUSAL

    def _fail(self, error: MemberError) -> None:
        if isinstance(error, MemberUnreachableError):
            self._version = ""
        self._synced.clear()
        self._trouble = error
        self._troubled.set()

    def _recover(self) -> None:
        missed, self._missed, self._trouble = self._missed, False, None
        self._troubled.clear()
        self._synced.set()
        if missed:
            self._changed(None)

    async def _list_again(self) -> None:
        """Lists the kind although the watch is well. Where the server fails at the list, the watch goes on."""
        try:
            await self._list(trusted=self._version.isdigit())
        except RequestFailedError:
            self._list_due = time.monotonic() + _AFTER_FAILED_LIST

    async def _list(self, *, trusted: bool = False) -> None:
        """Replaces the records by all objects of the server, read page by page.

        trusted: whether an object in the version of its record is the same, where the list is not older than the records. It need
        not be after etcd was restored from a backup, but then the watch was lost, or versions are smaller.
        """
        records: dict[ResourceKey, PackedObject] = {}
        query: dict[str, str | int] = {**self._query, "limit": _PAGE}
        kind = self.resource.gvk
        self._written.clear()
        while True:
            what = f"list {self.resource.plural}"
            response = await self._api.request("GET", self._path, query=query, what=what)
            items, metadata = response.page
            trusted = trusted and version_of({"metadata": metadata}) >= int(self._version)
            for item in items:
                key = ResourceKey(kind.group, kind.kind, text(item, "metadata", "namespace"), text(item, "metadata", "name"))
                known = self.records.get(key) if trusted else None
                if known is None or not version_of(item) == known.version > 0 or text(item, "metadata", "uid") != known.uid:
                    known = packed({"apiVersion": kind.api_version, "kind": kind.kind, **item}, key)
                records[key] = known
            if not (token := text(metadata, "continue")):
                break
            query["continue"] = token
        news = self._adopt(records, text(metadata, "resourceVersion"))
        self._list_due = time.monotonic() + random.uniform(*_LIST_AGAIN)  # noqa: S311 - no secret
        first, self._listed = not self._listed, True
        if not self._watch_refused:
            self._recover()
        if news and not first:
            self._changed(None)

    def _adopt(self, records: dict[ResourceKey, PackedObject], version: str) -> bool:
        """Takes the objects of a list in place of the records. Returns whether that is news.

        version: of the list. An object that did not change keeps its record: decisions are remembered by record.
        """
        listed_at = int(version) if version.isdigit() else 0
        for key in self._written:
            ours, listed = self.records.get(key), records.get(key)
            if ours is not None and ours.version > (listed.version if listed is not None else listed_at):
                records[key] = ours
        news = records.keys() != self.records.keys()
        for key, record in records.items():
            previous = self.records.get(key)
            if previous is None or previous is record:
                continue
            if previous.is_same(record) or previous.manifest == record.manifest:
                records[key] = previous
            else:
                news = news or bool(self._news_of(previous.manifest, record.manifest))
        if not _are_same(records, self.records):
            self.records.clear()
            self.records.update(records)
            self.changes += 1
        self._version = version
        return news

    async def _watch(self) -> None:
        """Returns when the server ends the watch. Raises RefusedError with status 410 where the version is too old."""
        until_list = self._list_due - time.monotonic()
        query: dict[str, str | int] = {
            **self._query,
            "watch": "1",
            "allowWatchBookmarks": "true",
            "resourceVersion": self._version,
            "timeoutSeconds": max(1, min(random.randint(*_LASTS), int(until_list) + 1)),  # noqa: S311 - no secret
        }
        async with self._api.stream(self._path, query) as stream:
            self._watching_since, self._watch_refused = time.monotonic(), False
            self._recover()
            async for kind, document in _events(stream, self._is_known):
                self._take(kind, document)

    def _is_known(self, line: bytes) -> bool:
        """Whether an event says nothing new, without a look at most of it: the record has this version, or a later one, because
        the write was ours."""
        found = _BEGINNING.match(line)
        if found is None:
            return False
        gvk, namespace, name = self.resource.gvk, (found["namespace"] or b"").decode(), found["name"].decode()
        known = self.records.get(ResourceKey(gvk.group, gvk.kind, namespace, name))
        if known is None or known.version < int(found["version"]):
            return False
        self._version = found["version"].decode()
        return True

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
        version = version_of(document)
        if kind == "DELETED":
            if previous is not None and previous.version <= version:
                self._drop(key)
                if not self._own_writes.holds_back(key, None):
                    self._changed(key)
        elif previous is None or previous.version < version:
            self._put(packed(document, key))
            if self._own_writes.holds_back(key, version):
                return
            news = News.FOR_A_PASS if previous is None else self._news_of(previous.manifest, document)
            if news:
                self._changed(key if news is News.OF_CONTENT else None)


def _are_same(records: Mapping[ResourceKey, PackedObject], others: Mapping[ResourceKey, PackedObject]) -> bool:
    return records.keys() == others.keys() and all(others[key] is record for key, record in records.items())


async def _events(
    stream: AsyncIterator[bytes], is_known: Callable[[bytes], bool] = lambda line: False
) -> AsyncIterator[tuple[str, Mapping[str, Any]]]:
    """The events of a watch, as type and object: one JSON document per line, of any length. is_known: whether to leave out the
    event of this line. Raises RequestFailedError for a line that is not an event."""
    async for line in lines_of(stream):
        if not is_known(line):
            yield _event(line)


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


_BEGINNING = re.compile(
    rb'\{"type":"(?:ADDED|MODIFIED)","object":\{"kind":"[^"\\]*","apiVersion":"[^"\\]*",'
    rb'"metadata":\{"name":"(?P<name>[^"\\]+)",(?:"generateName":"[^"\\]*",)?(?:"namespace":"(?P<namespace>[^"\\]+)",)?'
    rb'"uid":"[^"\\]*","resourceVersion":"(?P<version>\d+)"'
)
"""An event as API servers write it for the kinds of Kubernetes: in the order of the fields of their Go types. Custom objects have
the order of the alphabet."""
_OF_OBJECTS = frozenset({"ADDED", "MODIFIED", "DELETED"})
"""Types of events whose object is one of the kind (Kubernetes: `watch.EventType`)."""
