"""From a declared Cluster to the connection to it: a folder, or an API server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.cluster.access import Access
from reconciler.cluster.client import ClusterClient, MemberError
from reconciler.cluster.directory import DirectoryMember
from reconciler.model.cluster import Cluster

if TYPE_CHECKING:
    from reconciler.cluster.servers import Servers


class Members:
    """Opens members for one process."""

    def __init__(self, access: Access, instance: str) -> None:
        """instance: whose objects are ours (`Settings.instance`)."""
        self._access = access
        self._instance = instance
        self._servers: Servers | None = None

    def open(self, cluster: Cluster) -> ClusterClient:
        """Nothing is asked of it yet. Raises MemberError when the Cluster names no way that this process may go."""
        if cluster.directory:
            if self._access.member_root is None:
                remedy = "Start with --member-root FOLDER."
                raise MemberError(f"{cluster.name}: directory members need a root folder", remedy=remedy)
            return DirectoryMember(cluster.name, self._access.member_root, cluster.directory)
        return self.servers.open(cluster)

    @property
    def servers(self) -> Servers:
        """The members with an API server; what they need is imported when there is one: a fleet of folders is spared half a
        second and forty megabytes in every command."""
        if self._servers is None:
            from reconciler.cluster.servers import Servers

            self._servers = Servers(self._access, self._instance)
        return self._servers

    async def close(self) -> None:
        if self._servers is not None:
            await self._servers.close()
