"""The connections to all declared members; one that cannot be made never hides the others."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler.cluster.client import ClusterClient, MemberError
from reconciler.cluster.directory import DirectoryMember
from reconciler.engine.pipeline import Compiled
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.model.live import LiveView


@dataclass(frozen=True, slots=True)
class Fleet:
    clients: Mapping[ClusterName, ClusterClient]
    unreachable: Mapping[ClusterName, str]
    """Members without a connection, and why."""

    async def look(self, compiled: Compiled, names: Iterable[ClusterName]) -> dict[ClusterName, LiveView | str]:
        """What these members hold, looked at side by side; a text where one cannot tell."""

        async def look_at(name: ClusterName) -> LiveView | str:
            if name not in self.clients:
                return self.unreachable.get(name, "not connected")
            work = compiled.works[name]
            try:
                return await self.clients[name].look([manifest.key for manifest in work.manifests])
            except MemberError as error:
                return str(error)

        wanted = list(names)
        return dict(zip(wanted, await asyncio.gather(*map(look_at, wanted)), strict=True))

    async def close(self) -> None:
        await asyncio.gather(*[client.close() for client in self.clients.values()])


def connect(clusters: Iterable[Cluster], member_root: Path | None) -> Fleet:
    """member_root: the folder below which directory members lie. Raises MemberError when there are some and it is None: the
    status of all of them would be overwritten for a forgotten option."""
    clusters = tuple(clusters)
    if member_root is None and any(cluster.directory for cluster in clusters):
        raise MemberError("directory members need a root folder", remedy="Start with --member-root FOLDER.")
    clients: dict[ClusterName, DirectoryMember] = {}
    unreachable: dict[ClusterName, str] = {}
    for cluster in clusters:
        try:
            clients[cluster.name] = _client(cluster, member_root)
        except MemberError as error:
            unreachable[cluster.name] = str(error)
    shared = dict(_sharing(clients.values()))
    return Fleet({name: client for name, client in clients.items() if name not in shared}, unreachable | shared)


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


def _client(cluster: Cluster, member_root: Path | None) -> DirectoryMember:
    if not cluster.directory:
        raise MemberError(
            f"{cluster.name}: members with an API server are not reached by this version",
            remedy="Use a directory member: spec.apiEndpoint: file:NAME.",
        )
    if member_root is None:
        raise MemberError(f"{cluster.name}: directory members need a root folder", remedy="Start with --member-root FOLDER.")
    return DirectoryMember(cluster.name, member_root, cluster.directory)
