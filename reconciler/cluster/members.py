"""From a declared Cluster to the connection to it: a folder, or an API server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.cluster.access import Access
from reconciler.cluster.client import ClusterClient, MemberError
from reconciler.cluster.connection import CONNECTION
from reconciler.cluster.directory import DirectoryMember
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName

if TYPE_CHECKING:
    from reconciler.cluster.servers import Servers


class Members:
    """Opens members for one process."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._opened: dict[ClusterName, tuple[object, ...]] = {}
        self._servers: Servers | None = None

    def open(self, cluster: Cluster, instance: str, before: ClusterClient | None = None) -> ClusterClient:
        """Nothing is asked of it yet. Raises MemberError when the Cluster names no way that this process may go.

        instance: whose objects are ours (`Settings.instance`). before: the client that was opened for it last, which goes on
        where nothing about its connection changed.
        """
        way = (cluster.api_endpoint, cluster.secret_ref, instance, *[cluster.annotations.get(name) for name in CONNECTION])
        if before is not None and self._opened.get(cluster.name) == way:
            return before
        client = self._open(cluster, instance)
        self._opened[cluster.name] = way
        return client

    def _open(self, cluster: Cluster, instance: str) -> ClusterClient:
        if cluster.directory:
            if self._access.member_root is None:
                remedy = "Start with --member-root FOLDER."
                raise MemberError(f"{cluster.name}: directory members need a root folder", remedy=remedy)
            return DirectoryMember(cluster.name, self._access.member_root, cluster.directory)
        return self.servers.open(cluster, instance)

    @property
    def servers(self) -> Servers:
        """The members with an API server; what they need is imported when there is one: a fleet of folders is spared half a
        second and forty megabytes in every command."""
        if self._servers is None:
            from reconciler.cluster.servers import Servers

            self._servers = Servers(self._access)
        return self._servers

    async def close(self) -> None:
        if self._servers is not None:
            await self._servers.close()
