"""The connections to all declared members; one that cannot be made never hides the others."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from reconciler.cluster.access import Access
from reconciler.cluster.client import ClusterClient, Discovery, MemberError, Wanted
from reconciler.cluster.directory import DirectoryMember
from reconciler.cluster.members import Members
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.model.live import LiveView
from reconciler.model.manifest import gvk_of
from reconciler.model.work import RenderedManifest, Work

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Fleet:
    clients: Mapping[ClusterName, ClusterClient]
    unreachable: Mapping[ClusterName, str]
    """Members without a connection, and why."""
    members: Members | None = None
    """Who opened them, if anything is to be closed with them."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a member's objects changed by another's hand; whoever looks clears it."""

    wanted: dict[ClusterName, tuple[tuple[RenderedManifest, ...], Wanted]] = field(default_factory=dict)
    """What was asked for last."""

    async def change_within(self, seconds: float) -> bool:
        """Waits for such a change, no longer than that; whether there was one."""
        try:
            await asyncio.wait_for(self.changed.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def discover(self, patience: timedelta | None = None) -> dict[ClusterName, Discovery]:
        """What members say of themselves; nothing of those that do not answer, which looking at them will tell.

        patience: as for `look`.
        """

        async def ask(client: ClusterClient) -> Discovery | None:
            try:
                return await client.discover()
            except MemberError:
                return None

        said = await _answers({name: ask(client) for name, client in self.clients.items()}, patience)
        return {name: found for name, found in said.items() if found is not None}

    async def look(
        self, works: Mapping[ClusterName, Work], names: Iterable[ClusterName], patience: timedelta | None = None
    ) -> dict[ClusterName, LiveView | str]:
        """What these members hold, looked at side by side; a text where one cannot tell.

        patience: how long the others wait for one that lets them. None: until it is given up.
        """

        async def look_at(name: ClusterName) -> LiveView | str:
            if name not in self.clients:
                return self.unreachable.get(name, "not connected")
            work = works[name]
            try:
                return await self.clients[name].look(self._wanted_of(work))
            except MemberError as error:
                return str(error)

        wanted = list(names)
        self.changed.clear()
        told = await _answers({name: look_at(name) for name in wanted}, patience)
        return {name: told.get(name, f"{name} {_LATE}") for name in wanted}

    def _wanted_of(self, work: Work) -> Wanted:
        """The very same mapping for as long as the same is wanted: whoever is asked may remember what follows from it."""
        manifests, wanted = self.wanted.get(work.cluster, ((), {}))
        if manifests is not work.manifests:
            wanted = {item.key: gvk_of(item.manifest) for item in work.manifests}
            self.wanted[work.cluster] = (work.manifests, wanted)
        return wanted

    async def close_but(self, kept: Fleet) -> None:
        """Closes the connections that the fleet after this one does not go on with."""
        going = kept.clients.values()
        await asyncio.gather(*[client.close() for client in self.clients.values() if client not in going])

    async def close(self) -> None:
        await asyncio.gather(*[client.close() for client in self.clients.values()])
        if self.members is not None:
            await self.members.close()


async def _answers(
    questions: Mapping[ClusterName, Coroutine[Any, Any, Answer]], patience: timedelta | None
) -> dict[ClusterName, Answer]:
    """Of all members; without those that are not done so long after another was."""
    asked = {name: asyncio.ensure_future(question) for name, question in questions.items()}
    under_way = set(asked.values())
    try:
        while under_way:
            waits = patience.total_seconds() if patience and len(under_way) < len(asked) else None
            done, under_way = await asyncio.wait(under_way, timeout=waits, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                break
    finally:  # Whoever is late, or all where the question itself is given up.
        for task in under_way:
            task.cancel()
    if under_way:
        await asyncio.wait(under_way)
    return {name: task.result() for name, task in asked.items() if not task.cancelled()}


def connect(clusters: Iterable[Cluster], access: Access, instance: str, before: Fleet | None = None) -> Fleet:
    """instance: whose objects are ours (`Settings.instance`). before: whose connections go on where nothing about them changed;
    the rest of them is the caller's to close (`close_but`). Raises MemberError when there are directory members and no folder
    for them: the status of all of them would be overwritten for a forgotten option."""
    clusters = tuple(clusters)
    if access.member_root is None and any(cluster.directory for cluster in clusters):
        raise MemberError("directory members need a root folder", remedy="Start with --member-root FOLDER.")
    members = before.members if before is not None and before.members is not None else Members(access)
    clients: dict[ClusterName, ClusterClient] = {}
    unreachable: dict[ClusterName, str] = {}
    for cluster in clusters:
        try:
            clients[cluster.name] = members.open(cluster, instance, before.clients.get(cluster.name) if before else None)
        except MemberError as error:
            unreachable[cluster.name] = str(error)
    shared = dict(_sharing([client for client in clients.values() if isinstance(client, DirectoryMember)]))
    apart = {name: client for name, client in clients.items() if name not in shared}
    fleet = Fleet(apart, unreachable | shared, members)
    for client in apart.values():
        client.on_change(fleet.changed.set)
    return fleet


def _sharing(members: Collection[DirectoryMember]) -> Iterator[tuple[ClusterName, str]]:
    """Members whose folders are one, or one inside the other: each would prune what the other holds."""
    owners: dict[Path, DirectoryMember] = {}
    for member in members:
        owners.setdefault(member.folder, member)
    for member in members:
        for place in (member.folder, *member.folder.parents):
            other = owners.get(place, member)
            if other is not member:
                why = f"the folders of {other.name} and {member.name} are not apart: {place}, {member.folder}"
                remedy = "Give each member a folder of its own in spec.apiEndpoint."
                yield from ((one.name, f"{one.name}: {why}\n  {remedy}") for one in (member, other))


_LATE = "lets the other members wait; it is looked at again in the next pass"
