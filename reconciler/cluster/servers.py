"""Members with an API server, opened by one of three credentials: the process's own, a kubeconfig file, a Secret of the host."""

from __future__ import annotations

from functools import partial

from kubernetes.aio.client.api_client import ApiClient

from reconciler.cluster.access import Access
from reconciler.cluster.api import Api
from reconciler.cluster.client import MemberError
from reconciler.cluster.connection import KUBECONFIG_ANNOTATION
from reconciler.cluster.credentials import client_of_host, client_of_kubeconfig, client_of_secret
from reconciler.cluster.kubernetes import KubernetesMember
from reconciler.model.cluster import Cluster


class Servers:
    """Those whose credentials lie in the host cluster share the connection to it."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._host: Api | None = None

    def open(self, cluster: Cluster, instance: str) -> KubernetesMember:
        """Nothing is asked of it yet. Raises MemberError when the Cluster names no credential."""
        if not (self._is_host(cluster) or KUBECONFIG_ANNOTATION in cluster.annotations or cluster.secret_ref):
            raise MemberError(
                f"{cluster.name}: its Cluster file names no credential",
                remedy="Run `reconciler join`, or write spec.secretRef or the annotation reconciler.dev/kubeconfig.",
            )
        return KubernetesMember(cluster.name, partial(self._connect, cluster), instance)

    def host(self) -> Api:
        """The host cluster. Raises MemberError when this process has none."""
        if self._access.host is None:
            remedy = "Run in that cluster, or start with --host-kubeconfig FILE."
            raise MemberError("no host cluster is known, which would keep members' credentials", remedy=remedy)
        if self._host is None:
            self._host = Api("the host cluster", partial(client_of_host, self._access.host, self._access))
        return self._host

    async def close(self) -> None:
        if self._host is not None:
            await self._host.close()

    async def _connect(self, cluster: Cluster) -> ApiClient:
        """By the newest credential, read anew each time."""
        if self._is_host(cluster) and self._access.host is not None:
            return await client_of_host(self._access.host, self._access)
        if KUBECONFIG_ANNOTATION in cluster.annotations:
            return await client_of_kubeconfig(cluster, self._access)
        namespace, _, name = cluster.secret_ref.partition("/")
        try:
            answer = await self.host().request("GET", f"/api/v1/namespaces/{namespace}/secrets/{name}")
        except MemberError as error:
            raise MemberError(
                f"{cluster.name}: the Secret {cluster.secret_ref} with its credential cannot be read: {error.message}",
                remedy=error.remedy or "Make it with `reconciler join`, and let this process get it.",
            ) from error
        return await client_of_secret(cluster, answer.document, self._access)

    def _is_host(self, cluster: Cluster) -> bool:
        return self._access.host is not None and cluster.name == self._access.host_member
