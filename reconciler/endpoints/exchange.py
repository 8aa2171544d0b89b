"""The slices of all members together: what changes at a provider is written to its consumers, at once and to them alone.

A change wakes nobody but the consumers of its Service. Each consumer has a worker of its own, so that one which does not answer
holds up no other. What cannot be written is tried again after a pause. Nothing is remembered between processes: what a consumer
holds says which copies are there, and the routes of the revision say which are to be.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from reconciler.cluster.concurrency import at_most
from reconciler.cluster.member_protocol import MemberError, MemberSlices, SlicesToFollow
from reconciler.endpoints.copies import (
    INSTANCE,
    MANAGED_BY,
    SERVICE_LABEL,
    Difference,
    count_of,
    difference,
    is_of_other_type,
    providers_for,
    wanted_copies,
)
from reconciler.endpoints.routes import CONNECTED, IMPORTED, Routes, ServiceName, UnreadFile
from reconciler.endpoints.slice_index import SliceIndex
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import Manifest, key_of

_NAMED = 100
"""Up to this many Services of a member are named in the selector of their watch; of more, all slices there are watched."""
_AT_ONCE = 8
"""Requests to one consumer."""
_PAUSES = (1.0, 60.0)
"""Seconds until a failed write is tried again: the first pause, and the longest."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What is to be exchanged from now on."""

    routes: Routes = field(default_factory=dict)
    instance: str = ""
    """`Settings.instance`."""
    lost: frozenset[ClusterName] = frozenset()
    """Members whose endpoints no consumer keeps (`silent_providers.py`)."""
    ailing: frozenset[ClusterName] = frozenset()
    """Members of which consumers keep only what they answer for."""
    halted: frozenset[ClusterName] = frozenset()
    """Members to which nothing is written for now."""
    unread: frozenset[ServiceName] = frozenset()
    """Targets of which the revision does not say where they are to be reached from: their copies stay as they are."""
    files: tuple[UnreadFile, ...] = ()
    """Files with an error: the copies of what they may connect stay, too."""

    def leaves(self, target: ServiceName) -> bool:
        """Whether its copies stay as they are."""
        return target in self.unread or (target not in self.routes and any(one.may_connect(target) for one in self.files))


@dataclass(frozen=True, slots=True)
class Written:
    """What was done at one consumer for one Service."""

    consumer: ClusterName
    target: ServiceName
    written: int = 0
    removed: int = 0
    endpoints: int = 0
    """How many endpoints of other members it has now."""
    error: MemberError | None = None
    seconds: float = 0.0
    """How long after the news of a change it was written; what failed before is part of it."""


@dataclass(slots=True, eq=False)
class _Member:
    name: ClusterName
    slices: MemberSlices
    provided: SliceIndex = field(default_factory=SliceIndex)
    copies: SliceIndex = field(default_factory=SliceIndex)
    is_known: bool = False
    """Whether what it provides is known."""
    copies_known: bool = False
    due: dict[ServiceName, float] = field(default_factory=dict)
    """Targets to bring up to date, and since when they are to be, by the clock of the event loop."""
    later: dict[ServiceName, float] = field(default_factory=dict)
    """Those that failed, in the same way."""
    pause: float = _PAUSES[0]
    retry: asyncio.TimerHandle | None = None
    worker: asyncio.Task[None] | None = None

    @property
    def is_idle(self) -> bool:
        return self.worker is None or self.worker.done()


class Exchange:
    """`order` says what to do; end it by `close`. Only used on the event loop."""

    def __init__(self, told: Callable[[Written], None] = lambda written: None) -> None:
        """told: called after each attempt that had something to write, or failed."""
        self._told = told
        self._orders = Orders()
        self._members: dict[ClusterName, _Member] = {}
        self._by_source: dict[tuple[ClusterName, ServiceName], set[ServiceName]] = {}
        """The targets that have slices of this Service of this provider."""
        self._changed: set[ClusterName] = set()
        self._turn: asyncio.Handle | None = None

    def order(self, orders: Orders, members: Mapping[ClusterName, MemberSlices]) -> None:
        """members: those with an API server that can be reached."""
        before, self._orders = self._orders, orders
        for name, one in list(self._members.items()):
            if members.get(name) is not one.slices:
                self._drop(name)
        for name, slices in members.items():
            if name not in self._members:
                self._members[name] = _Member(name, slices)
        if orders.routes != before.routes:
            self._by_source = _by_source(orders.routes)
        stale = _changed_targets(before.routes, orders.routes) | self._targets_of(before.lost ^ orders.lost)
        stale |= self._targets_of(before.ailing ^ orders.ailing) | (before.unread ^ orders.unread)
        if orders.files != before.files:
            stale |= {target for one in self._members.values() for target in one.copies.services - orders.routes.keys()}
        silenced = {member.name for member in self._members.values() if self._follow(member)}
        stale |= self._targets_of(silenced & orders.ailing)
        for member in self._members.values():
            self._mark(member, stale)

    def _drop(self, name: ClusterName) -> None:
        member = self._members.pop(name)
        if member.worker is not None:
            member.worker.cancel()
        if member.retry is not None:
            member.retry.cancel()

    def _targets_of(self, providers: Iterable[ClusterName]) -> set[ServiceName]:
        names = set(providers)
        return {target for (provider, _), targets in self._by_source.items() if provider in names for target in targets}

    def _follow(self, member: _Member) -> bool:
        """Whether what it provides was known, and is not any more."""
        sources = sorted({source[1] for provider, source in self._by_source if provider == member.name})
        provided = f"{_services(sources)},{MANAGED_BY} notin ({IMPORTED},{CONNECTED})" if sources else ""
        consumes = any(member.name in route.consumers for routes in self._orders.routes.values() for route in routes)
        may_hold = consumes or not member.copies_known or bool(member.copies.services)
        copies = f"{INSTANCE}={self._orders.instance}" if may_hold and self._orders.instance else ""
        member.slices.follow(SlicesToFollow(provided, copies), lambda: self._note(member.name))
        was_known = member.is_known
        if member.slices.provided is None:  # Of what is followed from now on, the slices so far say nothing.
            member.is_known = False
        if provided or copies:
            self._note(member.name)
        return was_known and not member.is_known

    def _note(self, name: ClusterName) -> None:
        """Something changed there. What follows from it is done once for all changes that came together."""
        self._changed.add(name)
        if self._turn is None:
            self._turn = asyncio.get_running_loop().call_soon(self._take)

    def _take(self) -> None:
        self._turn = None
        names, self._changed = self._changed, set()
        due: defaultdict[ClusterName, set[ServiceName]] = defaultdict(set)
        for name in names & self._members.keys():
            member = self._members[name]
            for target in self._take_provided(member):
                for one in self._members:
                    due[one].add(target)
            due[name] |= self._take_copies(member)
        for name, targets in due.items():
            self._mark(self._members[name], targets)

    def _take_provided(self, member: _Member) -> set[ServiceName]:
        """The targets that it concerns."""
        records = member.slices.provided
        was_known, member.is_known = member.is_known, records is not None
        if records is None:
            return self._targets_of([member.name]) if was_known and member.name in self._orders.ailing else set()
        changed = member.provided.refresh(records)
        concerned = {target for source in changed for target in self._by_source.get((member.name, source), ())}
        return concerned if was_known else concerned | self._targets_of([member.name])

    def _take_copies(self, member: _Member) -> set[ServiceName]:
        records = member.slices.copies
        if records is None:
            return set()
        was_known, member.copies_known = member.copies_known, True
        changed = member.copies.refresh(records)
        if not was_known:
            changed |= member.copies.services | self._orders.routes.keys()
            if not changed:
                self._follow(member)
        return changed

    def _mark(self, member: _Member, targets: Iterable[ServiceName]) -> None:
        """Only what concerns it: what it is to have, and what it has."""
        routes, now = self._orders.routes, asyncio.get_running_loop().time()
        for target in targets:
            if any(member.name in route.consumers for route in routes.get(target, ())) or member.copies.has(target):
                member.due.setdefault(target, member.later.get(target, now))
        if member.due and member.is_idle and member.copies_known and member.name not in self._orders.halted:
            member.worker = asyncio.create_task(self._work(member), name=f"endpoints of {member.name}")

    async def _work(self, member: _Member) -> None:
        while member.due and member.slices.copies is not None and member.name not in self._orders.halted:
            targets, member.due = sorted(member.due.items()), {}
            await at_most([self._bring(member, target, since) for target, since in targets], _AT_ONCE)
        if member.later and member.retry is None:
            member.retry = asyncio.get_running_loop().call_later(member.pause, self._try_again, member)
            member.pause = min(member.pause * 2, _PAUSES[1])
        elif not member.later:
            member.pause = _PAUSES[0]

    def _try_again(self, member: _Member) -> None:
        targets, member.retry = tuple(member.later), None
        self._mark(member, targets)
        member.later = {}

    async def _bring(self, member: _Member, target: ServiceName, since: float) -> None:
        """Brings one consumer up to date for one target. since: as in `_Member.due`."""
        wanted, gap = self._look(member, target)
        touched = [key_of(copy) for copy, _ in gap.written] + [key_of(live) for live in gap.removed]
        if not gap:
            return
        try:
            if not await self._carry_out(member, gap):
                member.due.setdefault(target, since)
                return
        except MemberError as error:
            member.later.setdefault(target, since)
            self._told(Written(member.name, target, error=error))
        else:
            seconds = asyncio.get_running_loop().time() - since
            counts = len(gap.written), len(gap.removed), count_of(wanted)
            self._told(Written(member.name, target, *counts, seconds=seconds))
        finally:
            records = member.slices.copies
            for key in touched if records is not None else ():
                member.copies.put(key, records.get(key) if records is not None else None)

    async def _carry_out(self, member: _Member, gap: Difference) -> bool:
        """Whether it came to the end; not where nothing more is to be written to the member. Raises MemberError."""
        for copy, live in gap.written:
            if member.name in self._orders.halted:
                return False
            if live is not None and is_of_other_type(live, copy):
                await member.slices.remove(live)
                await member.slices.write(copy, None)
            else:
                await member.slices.write(copy, live)
        for live in gap.removed:
            if member.name in self._orders.halted:
                return False
            await member.slices.remove(live)
        return True

    def _look(self, member: _Member, target: ServiceName) -> tuple[Collection[Manifest], Difference]:
        """What it must have for the target, and what is to be done for that."""
        orders, routes = self._orders, self._orders.routes.get(target, ())
        if orders.leaves(target):
            return (), Difference()
        known = {name for name, one in self._members.items() if one.is_known} - orders.lost
        lost = orders.lost | (orders.ailing - known)
        providers = providers_for(member.name, routes)
        sources = {
            (name, route.source): self._members[name].provided.of(route.source)
            for route in routes
            for name in providers & known & {*route.providers}
        }
        wanted = wanted_copies(member.name, routes, sources, orders.instance)
        return wanted.values(), difference(wanted, member.copies.of(target), providers - known - lost)

    def pending(self) -> list[tuple[ClusterName, ServiceName, Difference]]:
        """What would be written now, as far as it is known; for a dry run."""
        self._take()
        found = [
            (member.name, target, self._look(member, target)[1])
            for member in self._members.values()
            if member.copies_known
            for target in sorted({*self._orders.routes, *member.copies.services})
        ]
        return [one for one in found if one[2]]

    @property
    def troubles(self) -> dict[ClusterName, str]:
        """Why the slices of a member cannot be read."""
        return {name: one.slices.trouble for name, one in self._members.items() if one.slices.trouble}

    async def settled(self) -> None:
        """Returns when everything that can be read was read, and everything that can be written was."""
        await asyncio.gather(*[one.slices.settled() for one in self._members.values()])
        self._take()
        while workers := [one.worker for one in self._members.values() if one.worker is not None and not one.is_idle]:
            await asyncio.gather(*workers)

    async def close(self) -> None:
        """Ends the writes; the watches end with the connections."""
        workers = [one.worker for one in self._members.values() if one.worker is not None]
        for name in list(self._members):
            self._drop(name)
        if self._turn is not None:
            self._turn.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


def _by_source(routes: Routes) -> dict[tuple[ClusterName, ServiceName], set[ServiceName]]:
    found: defaultdict[tuple[ClusterName, ServiceName], set[ServiceName]] = defaultdict(set)
    for target, of_target in routes.items():
        for route in of_target:
            for provider in route.providers:
                found[provider, route.source].add(target)
    return dict(found)


def _changed_targets(before: Routes, after: Routes) -> set[ServiceName]:
    return {target for target in before.keys() | after.keys() if before.get(target) != after.get(target)}


def _services(names: Collection[str]) -> str:
    """A label selector: slices of these Services, in whatever namespace, or of all where there are many."""
    return f"{SERVICE_LABEL} in ({','.join(names)})" if len(names) <= _NAMED else SERVICE_LABEL
