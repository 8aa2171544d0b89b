"""Host clusters: they hold the credentials of members, and know clusters that become members. One is that which the process was
started with; others are kubeconfig files below the member root."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from reconciler.cluster.access import Access
from reconciler.cluster.api_client import Api
from reconciler.cluster.connection import Connection
from reconciler.cluster.credentials import client_of_file, client_of_host
from reconciler.cluster.member_protocol import NotConfiguredError
from reconciler.cluster.not_configured import HOST_REMEDY, NO_HOST, kubeconfig_place
from reconciler.cluster.proxies import proxied_by_environment
from reconciler.model.manifest import text


class HostClusters:
    """The connections to them, each made once."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._apis: dict[tuple[str, str], Api] = {}

    def open(self, kubeconfig: str = "", context: str = "") -> Api:
        """Sends no request yet. kubeconfig: below the member root; empty: the host cluster of the process. context: of the file.

        Raises NotConfiguredError where the process has no such host cluster, MemberError where the file is outside the root.
        """
        if (kubeconfig, context) not in self._apis:
            self._apis[kubeconfig, context] = self._api(kubeconfig, context)
        return self._apis[kubeconfig, context]

    def _api(self, kubeconfig: str, context: str) -> Api:
        if kubeconfig:
            name = f"the host cluster of {kubeconfig}"
            place = kubeconfig_place(name, kubeconfig, self._access.member_root)
            return Api(name, partial(self._of_file, name, place, context))
        if self._access.host is None:
            raise NotConfiguredError(NO_HOST, remedy=HOST_REMEDY)
        return Api("the host cluster", partial(client_of_host, self._access.host, self._access))

    async def _of_file(self, name: str, place: Path, context: str) -> Connection:
        """Without the trust that the file of the process itself gets."""
        return proxied_by_environment(name, await client_of_file(name, place, context, self._access), self._access)

    async def close(self) -> None:
        await asyncio.gather(*(api.close() for api in self._apis.values()))


async def preferred_path(api: Api, group: str, what: str = "") -> str:
    """Where a server has the objects of a group, in the version that it prefers. what: of the request. Raises MemberError."""
    document = (await api.request("GET", f"/apis/{group}", what=what or f"look for {group}")).document
    return f"/apis/{text(document, 'preferredVersion', 'groupVersion')}"
