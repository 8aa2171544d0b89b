"""Members with an API server. Their credential is that of the process, a kubeconfig file, or a Secret of the host cluster."""

from __future__ import annotations

from functools import partial
from urllib.parse import quote

from reconciler.cluster.access import Access
from reconciler.cluster.api_client import Api
from reconciler.cluster.cluster_profiles import client_of_profile
from reconciler.cluster.connection import Connection
from reconciler.cluster.connection_annotations import HOST_ANNOTATION, HOST_CONTEXT_ANNOTATION, KUBECONFIG_ANNOTATION
from reconciler.cluster.credentials import client_of_host, client_of_kubeconfig, client_of_secret, client_of_user
from reconciler.cluster.failures import RefusedError
from reconciler.cluster.host_clusters import HostClusters, preferred_path
from reconciler.cluster.kubernetes_member import KubernetesMember
from reconciler.cluster.member_protocol import MemberError, NotConfiguredError
from reconciler.cluster.slots import ARRIVALS, READS, Slots
from reconciler.model.cluster import NO_CREDENTIAL, NO_CREDENTIAL_REMEDY, Cluster
from reconciler.model.cluster_inventory import Source
from reconciler.model.manifest import Manifest

_REFUSED_REMEDY = (
    "Create it with `reconciler join`, and allow the account of this process to get it (with a list in the chart's"
    " members.secretNames: add its name there)."
)
"""The host cluster answers, and refuses."""


class Servers:
    """Opens members. Those with a credential in the host cluster share the connection to it."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._hosts = HostClusters(access)
        self._reads, self._arrivals = Slots(*READS), Slots(*ARRIVALS)

    def open(self, cluster: Cluster, instance: str) -> KubernetesMember:
        """A client for the member. Sends no request yet. Raises NotConfiguredError if the Cluster names no credential."""
        if not (self._is_host(cluster) or cluster.names_credential or self._access.own is not None):
            raise NotConfiguredError(f"{cluster.name}: {NO_CREDENTIAL}", remedy=NO_CREDENTIAL_REMEDY)
        return KubernetesMember(cluster.name, partial(self._connect, cluster), instance, self._reads, self._arrivals)

    def host(self) -> Api:
        """The connection to the host cluster. Raises NotConfiguredError if this process has none."""
        return self._hosts.open()

    async def close(self) -> None:
        await self._hosts.close()

    async def _connect(self, cluster: Cluster) -> Connection:
        """A client with the newest credential, which is read again on each call. Raises NotConfiguredError."""
        try:
            return await self._client_of(cluster)
        except NotConfiguredError:
            raise
        except MemberError as error:  # Nothing was asked of the member itself.
            raise NotConfiguredError(error.message, remedy=error.remedy) from error

    async def _client_of(self, cluster: Cluster) -> Connection:
        if self._access.own is not None:
            return await client_of_user(cluster, self._access.own, self._access)
        if self._is_host(cluster) and self._access.host is not None:
            return await client_of_host(self._access.host, self._access)
        if KUBECONFIG_ANNOTATION in cluster.annotations:
            return await client_of_kubeconfig(cluster, self._access)
        if cluster.profile:
            return await client_of_profile(cluster, await self._profile(cluster), self._access)
        namespace, _, name = cluster.secret_ref.partition("/")
        try:
            response = await self._host_of(cluster).request("GET", f"/api/v1/namespaces/{namespace}/secrets/{name}")
        except MemberError as error:
            raise MemberError(
                f"{cluster.name}: the Secret {cluster.secret_ref} with its credential cannot be read: {error.message}",
                remedy=_REFUSED_REMEDY if isinstance(error, RefusedError) else error.remedy,
            ) from error
        return await client_of_secret(cluster, response.document, self._access)

    async def _profile(self, cluster: Cluster) -> Manifest:
        """Its ClusterProfile, in the version that the host cluster prefers. That is the host cluster of the process, whatever the
        file says: a program of the operator gets a credential for the server that the ClusterProfile names."""
        namespace, _, name = cluster.profile.partition("/")
        host, source = self.host(), Source.CLUSTER_PROFILE
        try:
            path = f"{await preferred_path(host, source.group)}/namespaces/{quote(namespace)}/{source.plural}/{quote(name)}"
            profile: Manifest = (await host.request("GET", path)).document
        except MemberError as error:
            message = f"{cluster.name}: its ClusterProfile {cluster.profile} cannot be read: {error.message}"
            remedy = (
                "Allow the account of this process to get ClusterProfiles." if isinstance(error, RefusedError) else error.remedy
            )
            raise MemberError(message, remedy=remedy) from error
        return profile

    def _host_of(self, cluster: Cluster) -> Api:
        """The host cluster with its Secret."""
        file, context = (cluster.annotations.get(name, "") for name in (HOST_ANNOTATION, HOST_CONTEXT_ANNOTATION))
        return self._hosts.open(file, context)

    def _is_host(self, cluster: Cluster) -> bool:
        return self._access.host is not None and cluster.name == self._access.host_member
