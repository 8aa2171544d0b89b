"""From a declared Cluster to its connection: a folder, or an API server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.cluster.access import Access
from reconciler.cluster.connection_annotations import CONNECTION
from reconciler.cluster.directory_member import DirectoryMember
from reconciler.cluster.member_protocol import MemberClient, NotConfiguredError
from reconciler.cluster.not_configured import NO_ROOT
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName

if TYPE_CHECKING:
    from reconciler.cluster.servers import Servers


class Members:
    """Opens connections to members, for one process."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._opened: dict[ClusterName, tuple[object, ...]] = {}
        self._servers: Servers | None = None

    def open(self, cluster: Cluster, instance: str, before: MemberClient | None = None) -> MemberClient:
        """A connection to the member; no request is sent yet. Raises NotConfiguredError when the Cluster declares no connection
        that this process may use (`Access`), else MemberError.

        instance: the value of our ownership label (`Settings.instance`). before: the previous connection to this member; it is
        returned where nothing about the connection changed.
        """
        way = (cluster.api_endpoint, cluster.secret_ref, cluster.proxy_url, cluster.proxy_headers)
        settings = (*way, instance, *[cluster.annotations.get(name) for name in CONNECTION])
        if before is not None and self._opened.get(cluster.name) == settings:
            return before
        client = self._open(cluster, instance)
        self._opened[cluster.name] = settings
        return client

    def _open(self, cluster: Cluster, instance: str) -> MemberClient:
        if cluster.directory:
            if self._access.member_root is None:
                raise NotConfiguredError(f"{cluster.name}: {NO_ROOT}", remedy="Start with --member-root FOLDER.")
            return DirectoryMember(cluster.name, self._access.member_root, cluster.directory)
        return self.servers.open(cluster, instance)

    @property
    def servers(self) -> Servers:
        """Opens members with an API server. Imported only when there is one: the import takes half a second and 40 MB, which a
        fleet of directory members does not need."""
        if self._servers is None:
            from reconciler.cluster.servers import Servers

            self._servers = Servers(self._access)
        return self._servers

    async def close(self) -> None:
        if self._servers is not None:
            await self._servers.close()
