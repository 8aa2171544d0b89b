"""What happens to the objects of a `get` after it, on all members at the same time.

A member is followed by a watch. Where that ends, or breaks, its objects are listed again, and what changed in between is told
then, so that nothing is missed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from reconciler.cluster.listing import Event, Listing, Row, Selection
from reconciler.cluster.member_protocol import MemberClient, MemberError
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import text
from reconciler.passes.fleet import Fleet
from reconciler.review.get import GetResult

Kind: TypeAlias = tuple[Selection, str, str]
"""What was asked for; group and kind."""
_PAUSES = (0.5, 10.0)
"""Seconds between attempts at a member that does not answer: the first pause, and the longest."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something happened to an object."""

    cluster: ClusterName
    event: Event
    listing: Listing
    """With the row of the object alone."""

    @property
    def row(self) -> Row:
        return self.listing.rows[0]


@dataclass(frozen=True, slots=True)
class Lost:
    """A member does not answer, or answers again."""

    cluster: ClusterName
    reason: str
    """Empty: it answers again."""


async def follow_objects(fleet: Fleet, selections: Sequence[Selection], result: GetResult) -> AsyncGenerator[Change | Lost, None]:
    """Each change after a result, as the members tell it, without end. Members that did not answer are asked again."""
    told: asyncio.Queue[Change | Lost | BaseException] = asyncio.Queue()
    tasks = []
    for name, client in fleet.clients.items():
        known = {
            (block.selection, block.group, block.kind): block.listings[name]
            for block in result.blocks
            if name in block.listings and block.selection is not None
        }
        follower = _Follower(client, selections, known, told, silent=name in result.unanswered)
        tasks.append(asyncio.create_task(follower.run(), name=f"follow {name}"))
    try:
        while True:
            news = await told.get()
            if isinstance(news, BaseException):
                raise news
            yield news
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Follower:
    """Follows one member."""

    def __init__(
        self,
        client: MemberClient,
        selections: Sequence[Selection],
        known: Mapping[Kind, Listing],
        told: asyncio.Queue[Change | Lost | BaseException],
        *,
        silent: bool,
    ) -> None:
        self._client = client
        self._selections = selections
        self._told = told
        self._listings = dict(known)
        self._rows = {kind: _by_name(listing) for kind, listing in known.items()}
        self._silent = silent

    async def run(self) -> None:
        """Until it is cancelled. A defect is told as an exception."""
        try:
            await self._run()
        except Exception as defect:
            await self._told.put(defect)

    async def _run(self) -> None:
        pause, longest = _PAUSES
        again = self._silent or not self._listings
        while True:
            try:
                if again:
                    await self._list()
                    pause = _PAUSES[0]
                again = True
                async with asyncio.TaskGroup() as tasks:
                    for kind, listing in self._listings.items():
                        tasks.create_task(self._follow(kind, listing))
                if self._listings:
                    continue
            except* MemberError as errors:
                await self._fail(errors.exceptions[0])
            await asyncio.sleep(pause)
            pause = min(pause * 2, longest)

    async def _follow(self, kind: Kind, listing: Listing) -> None:
        async for event, changed in self._client.follow(kind[0], listing):
            for row in changed.rows:
                self._note(kind, event, row)
                await self._tell(event, replace(changed, rows=(row,)))

    def _note(self, kind: Kind, event: Event, row: Row) -> None:
        rows = self._rows.setdefault(kind, {})
        if event is Event.DELETED:
            rows.pop((row.namespace, row.name), None)
        else:
            rows[row.namespace, row.name] = row

    async def _list(self) -> None:
        """Tells what differs from what was known."""
        found = {
            (selection, one.gvk.group, one.gvk.kind): one
            for selection in self._selections
            for one in await self._client.show(selection) or ()
        }
        if self._silent:
            self._silent = False
            await self._told.put(Lost(self._client.name, ""))
        for kind in {**self._listings, **found}:
            listing = found.get(kind) or replace(self._listings[kind], rows=())
            before, now = self._rows.get(kind, {}), _by_name(listing)
            for event, row in _differences(before, now):
                await self._tell(event, replace(listing, rows=(row,)))
            self._rows[kind] = now
        self._listings = found

    async def _tell(self, event: Event, listing: Listing) -> None:
        await self._told.put(Change(self._client.name, event, listing))

    async def _fail(self, error: BaseException) -> None:
        if not self._silent:
            self._silent = True
            await self._told.put(Lost(self._client.name, error.message if isinstance(error, MemberError) else str(error)))


def _by_name(listing: Listing) -> dict[tuple[str, str], Row]:
    return {(row.namespace, row.name): row for row in listing.rows}


def _differences(before: Mapping[tuple[str, str], Row], now: Mapping[tuple[str, str], Row]) -> Iterator[tuple[Event, Row]]:
    for name, row in now.items():
        known = before.get(name)
        if known is None:
            yield Event.ADDED, row
        elif _version(known) != _version(row):
            yield Event.MODIFIED, row
    for name, row in before.items():
        if name not in now:
            yield Event.DELETED, row


def _version(row: Row) -> object:
    """Of an API server; in a folder, the object itself."""
    return text(row.object, "metadata", "resourceVersion") or row.object
