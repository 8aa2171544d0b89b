"""Opening and closing the connections to a fleet: `open_fleet` for one revision, `Connections` for one revision after another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from reconciler.cluster.access import Access
from reconciler.cluster.directory_member import DirectoryMember
from reconciler.cluster.member_protocol import MemberClient, MemberError, NotConfiguredError, Wanted
from reconciler.cluster.open_members import Members
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.model.member_report import MemberReport
from reconciler.model.work import RenderedManifest
from reconciler.passes.fleet import Fleet
from reconciler.record.fold import NO_REPORT


@asynccontextmanager
async def open_fleet(clusters: Iterable[Cluster], access: Access, instance: str) -> AsyncIterator[Fleet]:
    """The fleet of these Clusters; its connections are closed at the end of the block. Arguments: `Connections.to`."""
    async with Connections(access) as connections:
        yield await connections.to(clusters, instance)


class Connections:
    """The connections of one process; an async context manager that closes them at its end.

    A member keeps its connection, with its watches, from revision to revision, as long as its Cluster file names the same one.
    """

    def __init__(self, access: Access) -> None:
        self._access = access
        self._members = Members(access)
        self._clients: Mapping[ClusterName, MemberClient] = {}
        self._wanted: dict[ClusterName, tuple[tuple[RenderedManifest, ...], Wanted, Wanted]] = {}
        """As `Fleet.wanted`: of all revisions."""

    async def __aenter__(self) -> Connections:
        return self

    async def __aexit__(self, *_: object) -> None:
        await _close(self._clients.values())
        self._clients = {}
        await self._members.close()

    async def to(self, clusters: Iterable[Cluster], instance: str) -> Fleet:
        """The fleet of these Clusters, with connections to those that no agent keeps. Nothing is requested from a member yet.
        Connections of the previous fleet that this one does not use are closed.

        instance: the value of our ownership label (`Settings.instance`).
        """
        fleet = self._open(tuple(clusters), instance)
        before, self._clients = self._clients, fleet.clients
        await _close(client for client in before.values() if client not in fleet.clients.values())
        return fleet

    def _open(self, clusters: Collection[Cluster], instance: str) -> Fleet:
        opened: dict[ClusterName, MemberClient] = {}
        unreachable: dict[ClusterName, str] = {}
        not_configured: set[ClusterName] = set()
        kept_by_agents = {one.name for one in clusters if one.is_pulled and self._access.own is None}
        for cluster in (one for one in clusters if one.name not in kept_by_agents):
            try:
                opened[cluster.name] = self._members.open(cluster, instance, self._clients.get(cluster.name))
            except MemberError as error:
                unreachable[cluster.name] = str(error)
                if isinstance(error, NotConfiguredError):
                    not_configured.add(cluster.name)
        sharing = dict(_sharing([client for client in opened.values() if isinstance(client, DirectoryMember)]))
        clients = {name: client for name, client in opened.items() if name not in sharing}
        pulled: dict[ClusterName, MemberReport | str] = dict.fromkeys(sorted(kept_by_agents), NO_REPORT)
        self._wanted = {name: one for name, one in self._wanted.items() if name in clients}
        fleet = Fleet(clients, unreachable | sharing, not_configured, pulled=pulled, wanted=self._wanted)
        for name, client in clients.items():
            client.on_change(partial(fleet.note_change, name))
        return fleet


async def _close(clients: Iterable[MemberClient]) -> None:
    await asyncio.gather(*[client.close() for client in clients])


def _sharing(members: Collection[DirectoryMember]) -> Iterator[tuple[ClusterName, str]]:
    """Members with the same folder, or with one folder inside the other: each would prune the objects of the other."""
    owners: dict[Path, DirectoryMember] = {}
    for member in members:
        owners.setdefault(member.folder, member)
    for member in members:
        for place in (member.folder, *member.folder.parents):
            other = owners.get(place, member)
            if other is not member:
                why = f"{other.name} and {member.name} share a folder: {place}, {member.folder}"
                remedy = "Give each member a folder of its own in spec.apiEndpoint."
                yield from ((one.name, f"{one.name}: {why}\n  {remedy}") for one in (member, other))
